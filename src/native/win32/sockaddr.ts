// Socket addresses as the bytes of sockaddr_in and sockaddr_in6. Pure.

import type { IpAddress, IpFamily } from "../ip-address.js";
import { sockets, structs } from "./layout.js";

export const familyNumber: Record<IpFamily, number> = {
  ipv4: sockets.AF_INET,
  ipv6: sockets.AF_INET6,
};

/** `port` is 0 to 65535. Flow info and scope id are 0. */
export function encodeSockaddr(ip: IpAddress, port: number): Buffer {
  if (ip.family === "ipv4") {
    const { size, at } = structs.sockaddr_in;
    const address = Buffer.alloc(size);
    address.writeUInt16LE(familyNumber.ipv4, at.sin_family);
    address.writeUInt16BE(port, at.sin_port);
    address.set(ip.bytes, at.sin_addr);
    return address;
  }
  const { size, at } = structs.sockaddr_in6;
  const address = Buffer.alloc(size);
  address.writeUInt16LE(familyNumber.ipv6, at.sin6_family);
  address.writeUInt16BE(port, at.sin6_port);
  address.set(ip.bytes, at.sin6_addr);
  return address;
}

/** The port is at the same place in both. */
export function portOfSockaddr(address: Buffer): number {
  return address.readUInt16BE(structs.sockaddr_in.at.sin_port);
}
