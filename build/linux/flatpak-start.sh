#!/bin/sh
# Start of the Flatpak: zypak, of the Electron base app, is Chromium's sandbox where there are no user namespaces.
exec zypak-wrapper.sh /app/main/driftless-desktop "$@"
