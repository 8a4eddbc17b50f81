#Requires -Version 5.1
#Requires -RunAsAdministrator
<#
.SYNOPSIS
  Registers portlease as a Windows service through Shawl, starts it, and waits until the broker answers.
.DESCRIPTION
  Changes nothing but the service of that name and the folder of its logs. Not yet run on real Windows: see README.md.
.PARAMETER Root
  The folder with node.exe, portlease.cmd and app, as scripts/assemble-windows.mjs lays it out.
.PARAMETER Shawl
  Path of shawl.exe; by default the one on the PATH.
#>
[CmdletBinding()]
param(
  [string] $Root = (Join-Path $env:ProgramFiles 'portlease'),
  [string] $Shawl = '',
  [string] $Name = 'portlease',
  [string] $LogFolder = (Join-Path $env:ProgramData 'portlease-logs'),
  # The broker stops within a few seconds; this is what Shawl waits before it ends it by force.
  [ValidateRange(3000, 300000)] [int] $StopTimeoutMs = 20000,
  [ValidateRange(5, 600)] [int] $ReadyTimeoutSeconds = 60
)

Set-StrictMode -Version Latest
$ErrorActionPreference = 'Stop'

# Exit codes of native commands do not stop PowerShell 5.1.
function Assert-ExitCode([string] $What) {
  if ($LASTEXITCODE -ne 0) { throw "$What failed with exit code $LASTEXITCODE" }
}

$node = Join-Path $Root 'node.exe'
$main = Join-Path $Root 'app\dist\portlease\main.js'
foreach ($file in $node, $main) {
  if (-not (Test-Path -LiteralPath $file -PathType Leaf)) {
    throw "$file is missing: lay portlease out with scripts/assemble-windows.mjs and give its folder as -Root"
  }
}
if (-not $Shawl) {
  $found = Get-Command -Name 'shawl.exe' -CommandType Application -ErrorAction SilentlyContinue | Select-Object -First 1
  if (-not $found) { throw 'shawl.exe is not on the PATH: winget install --exact --id mtkennerly.shawl, or give -Shawl' }
  $Shawl = $found.Source
}
if (Get-Service -Name $Name -ErrorAction SilentlyContinue) {
  throw "there is a service $Name already: remove it with uninstall-service.ps1 first, or give another -Name"
}

& $node $main --version
Assert-ExitCode 'portlease --version'

# As an array, so that PowerShell takes the "--" for an argument like any other.
$arguments = @(
  'add', '--name', $Name, '--stop-timeout', $StopTimeoutMs, '--restart-if-not', '0,2', '--restart-delay', '2000',
  '--log-dir', $LogFolder, '--log-rotate', 'bytes=10485760', '--log-retain', '5', '--cwd', $Root,
  '--', $node, $main, 'serve', '--log-format', 'json'
)
& $Shawl @arguments
Assert-ExitCode 'shawl add'
& sc.exe config $Name start= delayed-auto
Assert-ExitCode 'sc config'
& sc.exe description $Name 'Leases network ports of this host that are reserved with Windows.'
Assert-ExitCode 'sc description'
Start-Service -Name $Name

$probe = @('ls', '--limit', '1', '--json')
$deadline = (Get-Date).AddSeconds($ReadyTimeoutSeconds)
do {
  Start-Sleep -Seconds 1
  # Windows PowerShell makes an error of what a native command writes to stderr, as it does until the broker is there.
  $ErrorActionPreference = 'Continue'
  & $node $main @probe 2>&1 | Out-Null
  $answered = $LASTEXITCODE -eq 0
  $ErrorActionPreference = 'Stop'
} until ($answered -or (Get-Date) -gt $deadline)
if (-not $answered) {
  throw "the service $Name runs but the broker did not answer within $ReadyTimeoutSeconds s: read the logs in $LogFolder"
}
Write-Output "portlease runs as the service $Name; its logs are in $LogFolder"
