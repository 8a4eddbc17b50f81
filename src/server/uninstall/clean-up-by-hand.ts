// The command with which an administrator removes a reservation without portlease, as when the data directory is lost.

import { portCountOf } from "../domain/port-range.js";
import type { BlockRecord, TransportProtocol } from "../domain/records.js";
import { transportsOf } from "../domain/shared-ports.js";

/** A line per command, for an elevated prompt. */
export function cleanUpByHand(record: BlockRecord, platform: NodeJS.Platform): readonly string[] {
  const protocols = transportsOf(record.protocol);
  if (record.kind === "administered" && platform !== "win32") {
    const { firstPort, lastPort } = record.ports;
    return [
      `take ${firstPort}-${lastPort} out of the list: sysctl -w net.ipv4.ip_local_reserved_ports=<the list without them>`,
    ];
  }
  if (record.kind === "administered") return protocols.flatMap((one) => netshDelete(record, one));
  return protocols.map((one) => deletePersistent(record, one));
}

/** The syntax is that of netsh's own help: "netsh int ipv4 delete excludedportrange ?". */
function netshDelete({ ports }: BlockRecord, protocol: TransportProtocol): readonly string[] {
  const range = `protocol=${protocol} startport=${ports.firstPort} numberofports=${portCountOf(ports)}`;
  return ["ipv4", "ipv6"].map((family) => `netsh int ${family} delete excludedportrange ${range}`);
}

/**
 * No tool of Windows deletes a persistent reservation by itself, so PowerShell calls the function that does. The first port
 * is given in network byte order:
 * https://learn.microsoft.com/en-us/windows/win32/api/iphlpapi/nf-iphlpapi-deletepersistenttcpportreservation
 * https://learn.microsoft.com/en-us/windows/win32/api/iphlpapi/nf-iphlpapi-deletepersistentudpportreservation
 */
function deletePersistent({ ports }: BlockRecord, protocol: TransportProtocol): string {
  const name = `DeletePersistent${protocol === "tcp" ? "Tcp" : "Udp"}PortReservation`;
  const networkOrder = ((ports.firstPort & 0xff) << 8) | (ports.firstPort >> 8);
  const declaration = `[DllImport("iphlpapi.dll")] public static extern uint ${name}(ushort port, ushort count);`;
  return (
    `powershell: (Add-Type -Name P${protocol} -PassThru -MemberDefinition '${declaration}')` +
    `::${name}(${networkOrder}, ${portCountOf(ports)})   (0 is success)`
  );
}
