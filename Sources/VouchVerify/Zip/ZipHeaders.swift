/// What a member's flags may say (APPNOTE.TXT 4.4.4).
private enum Flag {
  static let encrypted = 1 << 0 | 1 << 6 | 1 << 13
  /// Sizes and checksum stand behind the data.
  static let streamed = 1 << 3
  static let utf8 = 1 << 11
  /// How hard the packer tried; both headers carry it, some packers in one only.
  static let effort = 1 << 1 | 1 << 2
}

/// A member as the directory describes it.
struct ZipCentralHeader {
  let member: ZipMember
  /// Bytes of the header with its name, extra fields and comment.
  let length: Int

  init(_ bytes: LittleEndian, at: Int) throws {
    guard bytes.u32(at) == 0x0201_4B50, let flags = bytes.u16(at + 8),
      let method = bytes.u16(at + 10), let crc = bytes.u32(at + 16),
      let packed = bytes.u32(at + 20), let size = bytes.u32(at + 24),
      let nameLength = bytes.u16(at + 28), let extraLength = bytes.u16(at + 30),
      let commentLength = bytes.u16(at + 32), let disk = bytes.u16(at + 34),
      let attributes = bytes.u32(at + 38), let offset = bytes.u32(at + 42),
      let nameBytes = bytes.slice(at + 46, nameLength),
      let extra = bytes.slice(at + 46 + nameLength, extraLength),
      bytes.slice(at + 46 + nameLength + extraLength, commentLength) != nil
    else { throw ZipRefusal("directory", "", "the directory cannot be read at its byte \(at)") }
    let name = String(decoding: nameBytes, as: UTF8.self)
    guard name.utf8.elementsEqual(nameBytes), !nameBytes.isEmpty, !nameBytes.contains(0),
      flags & Flag.utf8 != 0 || nameBytes.allSatisfy({ $0 < 0x80 })
    else { throw ZipRefusal("name", name, "the name is not marked as the UTF-8 it should be") }
    guard flags & Flag.encrypted == 0 else {
      throw ZipRefusal("encrypted", name, "is encrypted")
    }
    guard flags & ~(Flag.streamed | Flag.utf8 | Flag.effort) == 0 else {
      throw ZipRefusal("mismatch", name, "has flags \(flags) that a package does not need")
    }
    guard let method = ZipMember.Method(rawValue: method) else {
      throw ZipRefusal("method", name, "is packed with method \(method), not stored or deflated")
    }
    try Self.refuseLinks(attributes: attributes, name: name)
    var wide = try Zip64Extra(extra, name: name)
    let unpacked = try wide.value(size, .size)
    member = ZipMember(
      name: name, method: method, crc: UInt32(truncatingIfNeeded: crc),
      packed: try wide.value(packed, .packed), size: unpacked,
      header: try wide.value(offset, .offset))
    guard disk == 0 else { throw ZipRefusal("directory", name, "lies in another part") }
    length = 46 + nameLength + extraLength + commentLength
  }

  /// The upper half of the attributes is a Unix mode, whatever the member says of the system it
  /// comes from; the lower half is a DOS attribute: 0x10 a folder, 0x400 a link of Windows.
  private static func refuseLinks(attributes: Int, name: String) throws {
    let isFolder = name.utf8.last == UInt8(ascii: "/")
    switch attributes >> 16 & 0o170000 {
    case 0o100000 where !isFolder, 0o040000 where isFolder, 0: break
    case 0o120000: throw ZipRefusal("link", name, "is a symbolic link")
    case 0o100000, 0o040000:
      throw ZipRefusal("mismatch", name, "is a folder by one of name and mode only")
    default: throw ZipRefusal("link", name, "is neither a file nor a folder")
    }
    if attributes & 0x400 != 0 { throw ZipRefusal("link", name, "is a link of Windows") }
    if attributes & 0x10 != 0, !isFolder {
      throw ZipRefusal("mismatch", name, "is a folder by its attributes only")
    }
  }
}

/// The extra field with the numbers that do not fit 32 bits (APPNOTE.TXT 4.5.3).
private struct Zip64Extra {
  enum Field: Int, CaseIterable { case size, packed, offset }

  private let values: LittleEndian?
  private let name: String
  /// Fields whose 32-bit form was full, in the order in which the extra field has them.
  private var wide: Set<Field> = []

  init(_ extra: [UInt8], name: String) throws {
    self.name = name
    var found: LittleEndian?
    let bytes = LittleEndian(bytes: extra)
    var at = 0
    while at < extra.count {
      guard let id = bytes.u16(at), let length = bytes.u16(at + 2),
        let content = bytes.slice(at + 4, length)
      else { throw ZipRefusal("directory", name, "its extra fields cannot be read") }
      switch id {
      // Another name or comment for the same member: two programs would unpack two things.
      case 0x7075, 0x6375:
        throw ZipRefusal("name", name, "carries a second name in an extra field")
      case 0x9901: throw ZipRefusal("encrypted", name, "is encrypted")
      case 0x0001 where found != nil:
        throw ZipRefusal("directory", name, "has two 64-bit fields")
      case 0x0001: found = LittleEndian(bytes: content)
      default: break
      }
      at += 4 + length
    }
    values = found
  }

  /// The number of a header, from the extra field when the header's own is full.
  ///
  /// The extra field has only the full ones, in the order size, packed, offset; so ask for
  /// `size` before the others.
  mutating func value(_ short: Int, _ field: Field) throws -> Int {
    guard short == 0xFFFF_FFFF else { return short }
    wide.insert(field)
    let at = 8 * wide.filter { $0.rawValue < field.rawValue }.count
    guard let value = values?.u64(at) else {
      throw ZipRefusal("directory", name, "lacks the 64-bit number it refers to")
    }
    return value
  }
}

/// The header in front of a member's bytes. Made only when it agrees with the directory.
struct ZipLocalHeader {
  /// Where the packed bytes begin.
  let data: Int
  private let member: ZipMember
  private let isStreamed: Bool
  private let file: OpenFile

  init(_ file: OpenFile, of member: ZipMember) throws {
    self.file = file
    self.member = member
    let fixed = LittleEndian(bytes: try file.bytes(at: member.header, count: 30))
    guard fixed.u32(0) == 0x0403_4B50, let flags = fixed.u16(6), let method = fixed.u16(8),
      let crc = fixed.u32(14), let packed = fixed.u32(18), let size = fixed.u32(22),
      let nameLength = fixed.u16(26), let extraLength = fixed.u16(28)
    else { throw ZipRefusal("directory", member.name, "there is no member where it should begin") }
    let rest = LittleEndian(
      bytes: try file.bytes(at: member.header + 30, count: nameLength + extraLength))
    guard let name = rest.slice(0, nameLength), let extra = rest.slice(nameLength, extraLength)
    else { throw ZipRefusal("directory", member.name, "its header is cut off") }
    guard name.elementsEqual(member.name.utf8) else {
      throw ZipRefusal("mismatch", member.name, "has another name in front of its bytes")
    }
    isStreamed = flags & Flag.streamed != 0
    var wide = try Zip64Extra(extra, name: member.name)
    let sizes = (try wide.value(size, .size), try wide.value(packed, .packed))
    let isBlank = isStreamed && crc == 0 && sizes == (0, 0)
    let agrees = crc == Int(member.crc) && sizes == (member.size, member.packed)
    guard flags & Flag.encrypted == 0, method == member.method.rawValue, isBlank || agrees else {
      throw ZipRefusal(
        "mismatch", member.name, "its header and the directory say different things")
    }
    data = member.header + 30 + nameLength + extraLength
  }

  /// Where the member ends, the record behind streamed data included.
  ///
  /// That record may be with or without signature and of 32 or 64 bits; the next member's
  /// beginning tells which, and its numbers have to be the directory's (APPNOTE.TXT 4.3.9).
  func end(before next: Int) throws -> Int {
    let end = data.addingReportingOverflow(member.packed)
    guard !end.overflow, end.partialValue <= file.size else {
      throw ZipRefusal("overlap", member.name, "runs over the end of the file")
    }
    guard isStreamed else { return end.partialValue }
    let length = next - end.partialValue
    guard [12, 16, 20, 24].contains(length) else {
      throw ZipRefusal(
        length < 12 ? "overlap" : "gap", member.name, "its last record does not fit before the next"
      )
    }
    let record = LittleEndian(bytes: try file.bytes(at: end.partialValue, count: length))
    let start = length == 16 || length == 24 ? 4 : 0
    let isWide = length >= 20
    guard start == 0 || record.u32(0) == 0x0807_4B50, record.u32(start) == Int(member.crc),
      (isWide ? record.u64(start + 4) : record.u32(start + 4)) == member.packed,
      (isWide ? record.u64(start + 12) : record.u32(start + 8)) == member.size
    else {
      throw ZipRefusal(
        "mismatch", member.name, "the record behind its bytes and the directory differ")
    }
    return next
  }
}
