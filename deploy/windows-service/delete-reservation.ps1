#Requires -Version 5.1
#Requires -RunAsAdministrator
<#
.SYNOPSIS
  Deletes one persistent port reservation, for when the data folder that knew it is gone.
.DESCRIPTION
  Windows neither lists persistent reservations nor says whose they are, and deletes one only by the very first port and count
  that it was created with. Look at the ranges without an asterisk of: netsh int ipv4 show excludedportrange protocol=tcp
  A reservation of another program is deleted all the same, so be sure. Not yet run on real Windows: see README.md.
  https://learn.microsoft.com/windows/win32/api/iphlpapi/nf-iphlpapi-deletepersistenttcpportreservation
.EXAMPLE
  .\delete-reservation.ps1 -FirstPort 50000 -PortCount 256
#>
[CmdletBinding(SupportsShouldProcess, ConfirmImpact = 'High')]
param(
  [Parameter(Mandatory)] [ValidateRange(1, 65535)] [int] $FirstPort,
  [Parameter(Mandatory)] [ValidateRange(1, 65535)] [int] $PortCount,
  [ValidateSet('tcp', 'udp')] [string] $Protocol = 'tcp'
)

Set-StrictMode -Version Latest
$ErrorActionPreference = 'Stop'

$declarations = '
  [DllImport("iphlpapi.dll")]
  public static extern uint DeletePersistentTcpPortReservation(ushort startPort, ushort numberOfPorts);
  [DllImport("iphlpapi.dll")]
  public static extern uint DeletePersistentUdpPortReservation(ushort startPort, ushort numberOfPorts);
'
$api = Add-Type -MemberDefinition $declarations -Name 'PortReservations' -Namespace 'Portlease' -PassThru

# The first port is wanted in network byte order, the count is not.
$networkOrder = (($FirstPort -band 255) -shl 8) -bor ($FirstPort -shr 8)
$range = '{0} {1}-{2}' -f $Protocol, $FirstPort, ($FirstPort + $PortCount - 1)
if (-not $PSCmdlet.ShouldProcess($range, 'delete the persistent port reservation')) { return }

$result = if ($Protocol -eq 'tcp') {
  $api::DeletePersistentTcpPortReservation($networkOrder, $PortCount)
} else {
  $api::DeletePersistentUdpPortReservation($networkOrder, $PortCount)
}
switch ($result) {
  0 { Write-Output "$range is free again" }
  5 { throw "$range was not deleted: this PowerShell is not elevated (error 5)" }
  1168 { throw "$range was not deleted: there is no reservation with this first port and count (error 1168)" }
  default { throw "$range was not deleted: error $result" }
}
