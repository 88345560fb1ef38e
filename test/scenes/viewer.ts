/** The frame around a scene: switches whose state is in the address, so that a look can be reloaded and shared. */
import { parseLook, queryOf, switches, switchNames } from './looks.ts';
import type { Look, SwitchName } from './looks.ts';

const form = document.querySelector('#switches');
const frame = document.querySelector('#frame');
if (!(form instanceof HTMLFormElement) || !(frame instanceof HTMLIFrameElement))
  throw new Error('index.html lacks the form or the frame');

let look = parseLook(location.search);

function show(next: Look, scenePage: HTMLIFrameElement): void {
  look = next;
  history.replaceState(null, '', queryOf(next));
  scenePage.style.width = next.width === 'full' ? '100%' : `${next.width}px`;
  scenePage.src = `./frame.html${queryOf(next)}`;
}

function selectFor(name: SwitchName, onChosen: (value: string) => void): HTMLLabelElement {
  const label = document.createElement('label');
  const select = document.createElement('select');
  select.name = name;
  select.append(
    ...switches[name].map(({ value, label: text }) => new Option(text, value, false, value === look[name])),
  );
  select.addEventListener('change', () => {
    onChosen(select.value);
  });
  label.append(`${name} `, select);
  return label;
}

form.append(
  ...switchNames.map((name) =>
    selectFor(name, (value) => {
      show({ ...look, [name]: value }, frame);
    }),
  ),
);
show(look, frame);
