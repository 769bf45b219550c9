import Foundation

/// Writes zips byte by byte, right or wrong, without any library.
struct ZipForge {
  /// A member as both of its headers will describe it; a change to one of them makes a lie.
  struct Member {
    var name: String
    var content: [UInt8]
    /// Packed bytes, when they are not the content itself.
    var packed: [UInt8]?
    var method = 0
    var flags = 1 << 11
    var crc: UInt32
    var size: Int
    var attributes = 0o100644 << 16
    var localName: String?
    var localSize: Int?
    var localCRC: UInt32?
    var localMethod: Int?
    var extra: [UInt8] = []
    var localExtra: [UInt8] = []
    /// Bytes in front of the local header that belong to no member.
    var gap: [UInt8] = []
    /// Bytes behind the packed ones: the record of streamed data.
    var descriptor: [UInt8] = []
    /// Packed size in both headers, when it is not the true one.
    var packedSize: Int?
    /// Offset in the directory, when it is not the true one.
    var offset: Int?
    /// Sizes and offset in the directory are full, and the extra field has them.
    var isWide = false

    init(_ name: String, _ content: [UInt8]) {
      self.name = name
      self.content = content
      crc = checksum(content)
      size = content.count
    }

    init(_ name: String, _ text: String) { self.init(name, Array(text.utf8)) }

    /// Packed with deflate, by `gzip` with its frame taken off.
    mutating func deflate() throws {
      let folder = try TemporaryFolder()
      let file = "\(folder.path)/content"
      try Data(content).write(to: URL(fileURLWithPath: file))
      try Shell.run(["gzip", "-n", "-6", file])
      let framed = Array(try Data(contentsOf: URL(fileURLWithPath: "\(file).gz")))
      packed = Array(framed[10..<framed.count - 8])
      method = 8
    }
  }

  var members: [Member] = []
  var trailing: [UInt8] = []
  /// Bytes between the last member and the directory.
  var gap: [UInt8] = []
  var comment: [UInt8] = []
  var countShift = 0
  var isWide = false

  /// The members of a package on disk, stored.
  init(_ sample: Sample) throws {
    let paths = try Shell.run(["find", ".", "-type", "f"], in: sample.root).split(separator: "\n")
    for path in paths.map({ String($0.dropFirst(2)) }).sorted() {
      members.append(Member("\(Sample.name)/\(path)", try sample.bytes(path)))
    }
  }

  init(_ members: [Member]) {
    self.members = members
  }

  subscript(_ path: String) -> Member {
    get { members[index(path)] }
    set { members[index(path)] = newValue }
  }

  private func index(_ path: String) -> Int {
    members.firstIndex { $0.name == "\(Sample.name)/\(path)" } ?? 0
  }

  // MARK: Bytes

  func bytes() -> [UInt8] {
    var out: [UInt8] = []
    var directory: [UInt8] = []
    for member in members {
      out += member.gap
      directory += central(member, at: member.offset ?? out.count)
      out += local(member)
    }
    out += gap
    let start = out.count
    out += directory
    if isWide { out += wideEnd(start: start, size: directory.count, at: out.count) }
    let count = members.count + countShift
    out += le(0x0605_4B50, 4) + le(0, 4) + le(isWide ? 0xFFFF : count, 2)
    out += le(isWide ? 0xFFFF : count, 2) + le(isWide ? 0xFFFF_FFFF : directory.count, 4)
    out += le(isWide ? 0xFFFF_FFFF : start, 4) + le(comment.count, 2) + comment
    return out + trailing
  }

  private func wideEnd(start: Int, size: Int, at: Int) -> [UInt8] {
    let count = members.count + countShift
    var record = le(0x0606_4B50, 4) + le(44, 8) + le(45, 2) + le(45, 2) + le(0, 8)
    record += le(count, 8) + le(count, 8) + le(size, 8) + le(start, 8)
    return record + le(0x0706_4B50, 4) + le(0, 4) + le(at, 8) + le(1, 4)
  }

  private func local(_ member: Member) -> [UInt8] {
    let packed = member.packed ?? member.content
    let name = Array((member.localName ?? member.name).utf8)
    let isStreamed = member.flags & 8 != 0
    var out = le(0x0403_4B50, 4) + le(20, 2) + le(member.flags, 2)
    out += le(member.localMethod ?? member.method, 2) + le(0, 2) + le(0x21, 2)
    out += le(isStreamed ? 0 : Int(member.localCRC ?? member.crc), 4)
    out += le(isStreamed ? 0 : member.packedSize ?? packed.count, 4)
    out += le(isStreamed ? 0 : member.localSize ?? member.size, 4)
    out += le(name.count, 2) + le(member.localExtra.count, 2) + name + member.localExtra
    return out + packed + member.descriptor
  }

  private func central(_ member: Member, at offset: Int) -> [UInt8] {
    let packed = member.packedSize ?? (member.packed ?? member.content).count
    let name = Array(member.name.utf8)
    let wide = le(1, 2) + le(24, 2) + le(member.size, 8) + le(packed, 8) + le(offset, 8)
    let extra = (member.isWide ? wide : []) + member.extra
    var out = le(0x0201_4B50, 4) + le(3 << 8 | 20, 2) + le(20, 2) + le(member.flags, 2)
    out += le(member.method, 2) + le(0, 2) + le(0x21, 2) + le(Int(member.crc), 4)
    out += le(member.isWide ? 0xFFFF_FFFF : packed, 4)
    out += le(member.isWide ? 0xFFFF_FFFF : member.size, 4)
    out += le(name.count, 2) + le(extra.count, 2) + le(0, 2) + le(0, 2) + le(0, 2)
    out += le(member.attributes, 4) + le(member.isWide ? 0xFFFF_FFFF : offset, 4)
    return out + name + extra
  }
}

/// A number, least significant byte first.
func le(_ value: Int, _ width: Int) -> [UInt8] {
  (0..<width).map { UInt8(truncatingIfNeeded: value >> (8 * $0)) }
}

/// CRC-32 as zip has it.
private func checksum(_ bytes: [UInt8]) -> UInt32 {
  var crc = ~UInt32(0)
  for byte in bytes { crc = crcTable[Int(UInt8(truncatingIfNeeded: crc) ^ byte)] ^ crc >> 8 }
  return ~crc
}

private let crcTable: [UInt32] = (0..<256).map { index in
  (0..<8).reduce(UInt32(index)) { crc, _ in crc & 1 == 1 ? 0xEDB8_8320 ^ crc >> 1 : crc >> 1 }
}
