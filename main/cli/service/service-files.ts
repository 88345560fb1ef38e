// The texts that make `driftless serve` a service of its user: a systemd unit, a launchd agent, a task of Windows' Task Scheduler.

/** The program with its arguments, as argv. No text can hold a control character: each throws a RangeError for one. */
export type ServiceCommand = readonly string[];

/** glibc reads these only at a start. With more arenas and a higher threshold it keeps what many threads have freed. */
export const memoryBounds = { MALLOC_ARENA_MAX: '2', MALLOC_TRIM_THRESHOLD_: '131072' } as const;

export const launchdLabel = 'io.github.driftless.serve';

export function systemdUnit(command: ServiceCommand): string {
  return `[Unit]
Description=Driftless, two-way folder sync for S3
Documentation=man:driftless(1)
StartLimitIntervalSec=300
StartLimitBurst=5

[Service]
Type=notify
# Messages are sent by systemd-notify, a child of the service.
NotifyAccess=all
ExecStart=${command.map(systemdWord).join(' ')}
ExecReload=kill -HUP $MAINPID
Restart=on-failure
RestartSec=10
# 2: the settings are wrong; 3: user action is required, or another engine runs. A restart helps neither.
RestartPreventExitStatus=2 3
WatchdogSec=120
TimeoutStartSec=300
TimeoutStopSec=15
UMask=0077
# A core dump would hold tokens and credentials.
LimitCORE=0
# glibc reads these only at a start, and otherwise keeps what many threads have freed.
Environment=${Object.entries(memoryBounds)
    .map(([name, value]) => `${name}=${value}`)
    .join(' ')}
NoNewPrivileges=yes
LockPersonality=yes
RestrictAddressFamilies=AF_UNIX AF_INET AF_INET6 AF_NETLINK
RestrictNamespaces=yes
RestrictRealtime=yes
RestrictSUIDSGID=yes
SystemCallArchitectures=native

[Install]
WantedBy=default.target
`;
}

function plainWord(word: string): string {
  if (/\p{Cc}/u.test(word))
    throw new RangeError(`a service cannot be given ${JSON.stringify(word)} with its control characters`);
  return word;
}

/** systemd.syntax(7) and systemd.service(5): quoted, with `%` and `$` doubled, since both would be replaced. */
function systemdWord(word: string): string {
  const escaped = plainWord(word).replaceAll(/["\\]/gu, '\\$&').replaceAll('%', '%%').replaceAll('$', '$$$$');
  return /^[\w./@:+,=-]+$/u.test(escaped) ? escaped : `"${escaped}"`;
}

/** launchd.plist(5). It starts again after a failure, which is every end that is not 0. */
export function launchdAgent(command: ServiceCommand): string {
  const words = command.map((word) => `    <string>${xmlText(plainWord(word))}</string>`).join('\n');
  return `<?xml version="1.0" encoding="UTF-8"?>
<!DOCTYPE plist PUBLIC "-//Apple//DTD PLIST 1.0//EN" "http://www.apple.com/DTDs/PropertyList-1.0.dtd">
<plist version="1.0">
<dict>
  <key>Label</key>
  <string>${launchdLabel}</string>
  <key>ProgramArguments</key>
  <array>
${words}
  </array>
  <key>RunAtLoad</key>
  <true/>
  <key>KeepAlive</key>
  <dict>
    <key>SuccessfulExit</key>
    <false/>
  </dict>
  <key>ThrottleInterval</key>
  <integer>60</integer>
  <key>ProcessType</key>
  <string>Background</string>
</dict>
</plist>
`;
}

/** For `schtasks /create /xml`: at the user's logon, one instance, again after a failure. */
export function scheduledTask(command: ServiceCommand): string {
  const [program = '', ...rest] = command.map(plainWord);
  return `<?xml version="1.0" encoding="UTF-8"?>
<Task version="1.4" xmlns="http://schemas.microsoft.com/windows/2004/02/mit/task">
  <RegistrationInfo>
    <Description>Driftless, two-way folder sync for S3</Description>
  </RegistrationInfo>
  <Triggers>
    <LogonTrigger>
      <Enabled>true</Enabled>
    </LogonTrigger>
  </Triggers>
  <Settings>
    <MultipleInstancesPolicy>IgnoreNew</MultipleInstancesPolicy>
    <DisallowStartIfOnBatteries>false</DisallowStartIfOnBatteries>
    <StopIfGoingOnBatteries>false</StopIfGoingOnBatteries>
    <ExecutionTimeLimit>PT0S</ExecutionTimeLimit>
    <RestartOnFailure>
      <Interval>PT1M</Interval>
      <Count>10</Count>
    </RestartOnFailure>
  </Settings>
  <Actions>
    <Exec>
      <Command>${xmlText(program)}</Command>
      <Arguments>${xmlText(rest.map(windowsWord).join(' '))}</Arguments>
    </Exec>
  </Actions>
</Task>
`;
}

/** As CommandLineToArgvW takes a command line apart: backslashes count only in front of a quote. */
function windowsWord(word: string): string {
  if (/^[\w./:@+,=\\-]+$/u.test(word)) return word;
  return `"${word.replaceAll(/(\\*)"/gu, '$1$1\\"').replaceAll(/(\\+)$/gu, '$1$1')}"`;
}

function xmlText(text: string): string {
  return text
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;');
}
