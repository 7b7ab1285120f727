/** install.ps1: the bundle as Mosquitto's Windows service, with the files closed to everybody else. Not run by us. */
import type { PortsInput } from './unix-systems.ts';

export interface WindowsInput extends PortsInput {
  readonly present: readonly string[];
  readonly guarded: readonly string[];
}

const list = (names: readonly string[]): string => names.map((name) => `'${name}'`).join(', ');

export const windowsScript = ({ projectId, devicePort, webPort, present, guarded }: WindowsInput): string =>
  `# Installs the broker of the project "${projectId}" as a service (written after Mosquitto's documentation, not run).
# In PowerShell as administrator, in this folder:
#   powershell -ExecutionPolicy Bypass -File .\\install.ps1
#   powershell -ExecutionPolicy Bypass -File .\\install.ps1 -DryRun     says what it would do
param([switch]$DryRun)
$ErrorActionPreference = 'Stop'
$files = ${list(present)}
$guarded = ${list(guarded)}
$source = Join-Path $PSScriptRoot 'mosquitto'
$target = Join-Path $env:ProgramData 'signet-${projectId}'
function Step([string]$what, [scriptblock]$work) {
  if ($DryRun) { Write-Host "  would: $what" } else { Write-Host $what; & $work }
}

$isAdmin = ([Security.Principal.WindowsPrincipal][Security.Principal.WindowsIdentity]::GetCurrent()).IsInRole(
  [Security.Principal.WindowsBuiltInRole]::Administrator)
if (-not $isAdmin -and -not $DryRun) { throw 'Open PowerShell as administrator and run it again.' }
$program = if ($env:MOSQUITTO_DIR) { $env:MOSQUITTO_DIR } else { Join-Path $env:ProgramFiles 'mosquitto' }
if (-not (Test-Path (Join-Path $program 'mosquitto.exe'))) {
  throw 'Mosquitto is not installed: winget install EclipseFoundation.Mosquitto, or its installer from mosquitto.org (with "Service").'
}
foreach ($file in $files) {
  if (-not (Test-Path (Join-Path $source $file))) { throw "mosquitto\\$file is missing: unpack the whole .zip again." }
}

Step "keep what was there in $target.before" {
  if (Test-Path $target) {
    Remove-Item -Recurse -Force "$target.before" -ErrorAction SilentlyContinue
    Move-Item $target "$target.before"
  }
}
Step "copy the files to $target" { Copy-Item -Recurse $source $target }
Step 'close keys, password hashes and access lists to everybody but the service and administrators' {
  foreach ($file in $guarded) {
    icacls (Join-Path $target $file) /inheritance:r /grant '*S-1-5-18:R' '*S-1-5-32-544:F' | Out-Null
  }
}
$conf = Join-Path $program 'mosquitto.conf'
Step "write $conf (the one before is kept as mosquitto.conf.before)" {
  if ((Test-Path $conf) -and -not (Test-Path "$conf.before")) { Copy-Item $conf "$conf.before" }
  $place = $target.Replace('\\', '/')
  $lines = Get-Content (Join-Path $source 'mosquitto.conf') |
    ForEach-Object { $_ -replace '^(cafile|crlfile|certfile|keyfile|password_file|acl_file) ', "$&$place/" }
  [IO.File]::WriteAllLines($conf, $lines)
}
Step 'start the service anew' { Restart-Service mosquitto }
Write-Host 'Let the ports through the firewall:'
Write-Host '  New-NetFirewallRule -DisplayName "Signet broker" -Direction Inbound -Protocol TCP -LocalPort ${devicePort},${webPort} -Action Allow'
`;
