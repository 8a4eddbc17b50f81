#Requires -Version 5.1
#Requires -RunAsAdministrator
<#
.SYNOPSIS
  Stops the service, gives back everything that portlease reserved with Windows, and removes the service.
.DESCRIPTION
  Persistent reservations outlive the program, so they are given back before it goes. Not yet run on real Windows: see README.md.
.PARAMETER KeepReservations
  Removes the service only; the ports stay reserved, and the leases stay on disk.
#>
[CmdletBinding()]
param(
  [string] $Root = (Join-Path $env:ProgramFiles 'portlease'),
  [string] $Name = 'portlease',
  [switch] $KeepReservations
)

Set-StrictMode -Version Latest
$ErrorActionPreference = 'Stop'

$service = Get-Service -Name $Name -ErrorAction SilentlyContinue
if ($service) {
  Stop-Service -Name $Name
  $service.WaitForStatus('Stopped', [TimeSpan]::FromMinutes(2))
}
if (-not $KeepReservations) {
  # It says itself what it removed and what it left; while it fails, the service stays so that it can be tried again.
  & (Join-Path $Root 'node.exe') (Join-Path $Root 'app\dist\portlease\main.js') uninstall --yes
  if ($LASTEXITCODE -ne 0) { throw "portlease uninstall failed with exit code $LASTEXITCODE; the service $Name was kept" }
}
if ($service) {
  & sc.exe delete $Name
  if ($LASTEXITCODE -ne 0) { throw "sc delete $Name failed with exit code $LASTEXITCODE" }
}
Write-Output "the service $Name is gone; delete $Root yourself"
