/// The end record of a zip, and its 64-bit form when there is one (APPNOTE.TXT 4.3.14 to 4.3.16).
struct ZipEnd {
  private(set) var members = 0
  /// Offset and length of the directory.
  private(set) var directory = 0
  private(set) var size = 0

  private static let length = 22
  private static let locatorLength = 20
  private static let length64 = 56

  init(_ file: OpenFile) throws {
    let at = file.size - Self.length
    guard at >= 0 else { throw ZipRefusal("unreadable", "", "is too short for a zip") }
    let record = LittleEndian(bytes: try file.bytes(at: at, count: Self.length))
    guard record.u32(0) == 0x0605_4B50 else { throw try Self.missing(file) }
    guard record.u16(20) == 0 else {
      throw ZipRefusal("trailing", "", "the end record announces a comment that is not there")
    }
    guard record.u16(4) == 0, record.u16(6) == 0, record.u16(8) == record.u16(10) else {
      throw ZipRefusal("directory", "", "is one part of several")
    }
    members = record.u16(10) ?? 0
    size = record.u32(12) ?? 0
    directory = record.u32(16) ?? 0
    let before = try read64(file, endingAt: at) ?? at
    guard directory <= before, directory + size == before else {
      throw ZipRefusal(
        "gap", "", "the directory does not reach to the end record",
        expected: before, actual: directory + size)
    }
  }

  /// Reads the 64-bit record when its locator stands before the end record; gives its offset.
  private mutating func read64(_ file: OpenFile, endingAt at: Int) throws -> Int? {
    let start = at - Self.locatorLength
    let needed = members == 0xFFFF || size == 0xFFFF_FFFF || directory == 0xFFFF_FFFF
    let locator = LittleEndian(
      bytes: start < 0 ? [] : try file.bytes(at: start, count: Self.locatorLength))
    guard locator.u32(0) == 0x0706_4B50 else {
      if needed { throw ZipRefusal("directory", "", "lacks the 64-bit record it refers to") }
      return nil
    }
    let offset = start - Self.length64
    guard offset >= 0, locator.u64(8) == offset, locator.u32(4) == 0, locator.u32(16) == 1 else {
      throw ZipRefusal("directory", "", "the 64-bit locator points elsewhere")
    }
    let record = LittleEndian(bytes: try file.bytes(at: offset, count: Self.length64))
    guard record.u32(0) == 0x0606_4B50, record.u64(4) == Self.length64 - 12,
      record.u32(16) == 0, record.u32(20) == 0,
      let members = record.u64(32), record.u64(24) == members,
      let size = record.u64(40), let directory = record.u64(48)
    else { throw ZipRefusal("directory", "", "the 64-bit end record cannot be read") }
    // A field of the old record is full, or says the same.
    guard [0xFFFF, members].contains(self.members), [0xFFFF_FFFF, size].contains(self.size),
      [0xFFFF_FFFF, directory].contains(self.directory), size <= file.size,
      directory <= file.size
    else { throw ZipRefusal("directory", "", "its two end records say different things") }
    self.members = members
    self.size = size
    self.directory = directory
    return offset
  }

  /// Says whether there is no end record at all or something stands behind it.
  private static func missing(_ file: OpenFile) throws -> ZipRefusal {
    let start = max(0, file.size - length - 0xFFFF)
    let tail = try file.bytes(at: start, count: file.size - start)
    let signature: [UInt8] = [0x50, 0x4B, 0x05, 0x06]
    for at in (0...max(0, tail.count - length)).reversed()
    where tail.count >= length && tail[at..<at + 4].elementsEqual(signature) {
      let behind = tail.count - at - length
      return ZipRefusal("trailing", "", "\(behind) bytes stand behind the end record")
    }
    return ZipRefusal("unreadable", "", "is no zip, or its end has been cut off")
  }
}
