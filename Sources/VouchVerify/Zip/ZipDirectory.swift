import VouchModel

/// One member of a zip as both of its headers describe it (APPNOTE.TXT 6.3.10, 4.3.7 and 4.3.12).
struct ZipMember: Sendable, Hashable {
  enum Method: Int, Sendable { case stored = 0, deflated = 8 }

  let name: String
  let method: Method
  let crc: UInt32
  /// Bytes in the zip.
  let packed: Int
  /// Bytes as declared, unpacked.
  let size: Int
  /// Where the local header begins, and where the packed bytes do.
  let header: Int
  var data = 0

  var isFolder: Bool { name.utf8.last == UInt8(ascii: "/") }
}

/// Why a zip is not read: nothing in it can be trusted to be what it seems.
struct ZipRefusal: Error, Hashable, Sendable {
  /// Ids without the `zip.` in front.
  let id: String
  let file: String
  let text: String
  var expected: String?
  var actual: String?

  init(
    _ id: String, _ file: String, _ text: String, expected: Int? = nil, actual: Int? = nil
  ) {
    self.id = id
    self.file = file
    self.text = text
    self.expected = expected.map(String.init)
    self.actual = actual.map(String.init)
  }
}

/// Bounds on what a zip may unpack to.
public struct ZipLimits: Sendable, Hashable {
  /// Bytes of all members together, unpacked.
  public var total = 200 << 30
  public var members = 2_000_000
  /// Unpacked bytes per packed byte, of members above ``ratioFrom``. Deflate cannot pass 1032.
  public var ratio = 400
  public var ratioFrom = 4 << 20
  /// Bytes of the directory at the end.
  public var directory = 256 << 20

  public init() {}
}

/// The directory of a zip, read so that no two programs could see different files in it.
///
/// Zip describes every member twice, and most readers believe one of the two and skip what lies
/// between. Here both have to agree, and the members have to fill the file without gap or
/// overlap from its first byte to the directory, which the end record follows to the last byte.
struct ZipDirectory {
  private(set) var members: [ZipMember] = []
  private let file: OpenFile
  private let limits: ZipLimits

  init(_ file: OpenFile, limits: ZipLimits) throws {
    self.file = file
    self.limits = limits
    let end = try ZipEnd(file)
    members = try central(end)
    try checkNames()
    try checkSizes()
    try checkLocalHeaders(end: end.directory)
  }

  private func central(_ end: ZipEnd) throws -> [ZipMember] {
    guard end.members <= limits.members else {
      throw ZipRefusal("bomb", "", "has \(end.members) members", expected: limits.members)
    }
    guard end.size <= limits.directory else {
      throw ZipRefusal("bomb", "", "has a directory of \(end.size) bytes")
    }
    let bytes = LittleEndian(bytes: try file.bytes(at: end.directory, count: end.size))
    var members: [ZipMember] = []
    var at = 0
    while at < bytes.bytes.count {
      let header = try ZipCentralHeader(bytes, at: at)
      members.append(header.member)
      at += header.length
    }
    guard members.count == end.members else {
      throw ZipRefusal(
        "directory", "", "the end record counts other members than the directory has",
        expected: end.members, actual: members.count)
    }
    return members
  }

  private func checkNames() throws {
    var seen: Set<BagPath> = []
    for member in members {
      let parts = member.name.utf8.split(
        separator: UInt8(ascii: "/"), omittingEmptySubsequences: false)
      let inner = member.isFolder ? parts.dropLast() : parts
      let isEscaping = inner.contains {
        $0.isEmpty || $0.elementsEqual(".".utf8) || $0.elementsEqual("..".utf8)
      }
      let hasDrive = inner.first?.dropFirst().first == UInt8(ascii: ":")
      if isEscaping || hasDrive || member.name.utf8.contains(UInt8(ascii: "\\")) {
        throw ZipRefusal("slip", member.name, "the name could unpack outside the folder")
      }
      let bare = BagPath(member.isFolder ? String(member.name.dropLast()) : member.name)
      if !seen.insert(bare).inserted {
        throw ZipRefusal("duplicate", member.name, "two members have this name")
      }
    }
  }

  private func checkSizes() throws {
    var total = 0
    for member in members {
      let sum = total.addingReportingOverflow(member.size)
      guard !sum.overflow, sum.partialValue <= limits.total else {
        throw ZipRefusal(
          "bomb", member.name, "unpacks to more than is allowed for all members together",
          expected: limits.total)
      }
      total = sum.partialValue
      if member.size > limits.ratioFrom, member.size / limits.ratio > member.packed {
        throw ZipRefusal(
          "bomb", member.name,
          "unpacks \(member.packed) bytes to \(member.size), more than \(limits.ratio) to one")
      }
      if member.method == .stored, member.size != member.packed {
        throw ZipRefusal(
          "mismatch", member.name, "is stored, yet its two sizes differ",
          expected: member.packed, actual: member.size)
      }
      if member.isFolder, member.size != 0 {
        throw ZipRefusal("mismatch", member.name, "is a folder, yet has content")
      }
    }
  }

  private mutating func checkLocalHeaders(end: Int) throws {
    let order = members.indices.sorted { (members[$0].header, $0) < (members[$1].header, $1) }
    var expected = 0
    for (n, index) in order.enumerated() {
      let member = members[index]
      if member.header < expected {
        throw ZipRefusal("overlap", member.name, "begins inside the member before it")
      }
      if member.header > expected {
        throw ZipRefusal(
          "gap", member.name, "\(member.header - expected) bytes before it belong to no member")
      }
      let next = n + 1 < order.count ? members[order[n + 1]].header : end
      let local = try ZipLocalHeader(file, of: member)
      members[index].data = local.data
      expected = try local.end(before: next)
    }
    if expected > end { throw ZipRefusal("overlap", "", "the last member runs into the directory") }
    if expected < end {
      throw ZipRefusal(
        "gap", "", "\(end - expected) bytes before the directory belong to no member")
    }
  }
}
