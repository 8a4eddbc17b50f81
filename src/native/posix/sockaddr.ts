// Socket addresses as the bytes of sockaddr_in and sockaddr_in6. Pure.

import type { IpAddress } from "../ip-address.js";
import { hostLittleEndian, type PosixLayout, sockaddrIn, sockaddrIn6 } from "./layout.js";

/** `port` is 0 to 65535. Flow info and scope id are 0. */
export function encodeSockaddr(layout: PosixLayout, ip: IpAddress, port: number): Buffer {
  const shape = ip.family === "ipv4" ? sockaddrIn : sockaddrIn6;
  const family = ip.family === "ipv4" ? layout.AF_INET : layout.AF_INET6;
  const address = Buffer.alloc(shape.size);
  if (layout.addressHasLength) {
    address.writeUInt8(shape.size, shape.familyAt);
    address.writeUInt8(family, shape.familyAt + 1);
  } else if (hostLittleEndian) {
    address.writeUInt16LE(family, shape.familyAt);
  } else {
    address.writeUInt16BE(family, shape.familyAt);
  }
  address.writeUInt16BE(port, shape.portAt);
  address.set(ip.bytes, shape.addressAt);
  return address;
}

/** The port of an address that the system wrote; `null` when it is not one of the internet. */
export function decodePort(layout: PosixLayout, address: Buffer): number | null {
  const { familyAt, portAt } = sockaddrIn;
  const family = layout.addressHasLength
    ? address.readUInt8(familyAt + 1)
    : hostLittleEndian
      ? address.readUInt16LE(familyAt)
      : address.readUInt16BE(familyAt);
  if (family !== layout.AF_INET && family !== layout.AF_INET6) return null;
  // Both families have it at the same place.
  return address.readUInt16BE(portAt);
}
