// Reads which functions a Windows DLL exports, and under which ordinals. Nothing else of the format is understood.
// The format: https://learn.microsoft.com/windows/win32/debug/pe-format

/** Offsets within the headers of a 64-bit image. */
const peOffsetAt = 0x3c;
const sectionCountAt = 6;
const optionalHeaderSizeAt = 20;
const optionalHeaderAt = 24;
const exportDirectoryAt = optionalHeaderAt + 112;
const sectionHeaderBytes = 40;

/** @returns {{ ordinal: number, names: string[] }[]} Every exported function; one without a name can be had by its ordinal only. */
export function readExports(image) {
  const fileOffset = addressTranslator(image);
  const directory = fileOffset(
    image.readUInt32LE(image.readUInt32LE(peOffsetAt) + exportDirectoryAt),
  );
  const field = (index) => image.readUInt32LE(directory + 16 + 4 * index);
  const [base, functionCount, nameCount] = [field(0), field(1), field(2)];
  const [functions, names, nameOrdinals] = [field(3), field(4), field(5)].map(fileOffset);

  const namesOf = new Map();
  for (let index = 0; index < nameCount; index += 1) {
    const ordinal = base + image.readUInt16LE(nameOrdinals + 2 * index);
    const name = readText(image, fileOffset(image.readUInt32LE(names + 4 * index)));
    namesOf.set(ordinal, [...(namesOf.get(ordinal) ?? []), name]);
  }
  return Array.from({ length: functionCount }, (_, index) => index)
    .filter((index) => image.readUInt32LE(functions + 4 * index) !== 0)
    .map((index) => ({ ordinal: base + index, names: namesOf.get(base + index) ?? [] }));
}

/** Addresses in the image as loaded, to offsets in the file. */
function addressTranslator(image) {
  const header = image.readUInt32LE(peOffsetAt);
  const sectionCount = image.readUInt16LE(header + sectionCountAt);
  const sectionsAt = header + optionalHeaderAt + image.readUInt16LE(header + optionalHeaderSizeAt);
  const sections = Array.from({ length: sectionCount }, (_, index) => {
    const at = sectionsAt + sectionHeaderBytes * index;
    const [size, address, fileSize, fileOffset] = [8, 12, 16, 20].map((field) =>
      image.readUInt32LE(at + field),
    );
    return { address, end: address + Math.max(size, fileSize), fileOffset };
  });
  return (address) => {
    const section = sections.find((each) => address >= each.address && address < each.end);
    if (section === undefined) throw new Error(`address ${address} is in no section of the DLL`);
    return section.fileOffset + address - section.address;
  };
}

function readText(image, offset) {
  return image.toString("latin1", offset, image.indexOf(0, offset));
}
