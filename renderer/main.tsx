// Entry of the page: chooses the bridge and renders.
import { createRoot } from 'react-dom/client';
import { chooseBridge } from './bridge/choose-bridge.ts';
import { PageRoot } from './views/page-root.tsx';
import './styles/tokens.css';
import './styles/base.css';
import './styles/page.css';
import './styles/lists.css';
import './styles/dialogs.css';
import './styles/setup.css';

const root = document.getElementById('root');
if (root === null) throw new Error('index.html has no #root');
createRoot(root).render(<PageRoot bridge={chooseBridge(window)} />);
