/// A package as a zip that holds its one folder; read in place, never unpacked to disk.
struct ZipPackage: PackageContents {
  let name: String
  let form = Verification.Form.zip
  let files: [BagPath: Int]
  let refused: [Finding] = []
  private let members: [BagPath: ZipMember]
  private let file: OpenFile

  /// Throws ``ZipRefusal`` when the zip cannot be trusted to be one thing.
  init(_ file: OpenFile, limits: ZipLimits) throws {
    self.file = file
    let directory = try ZipDirectory(file, limits: limits)
    let root = try Self.root(of: directory.members)
    name = root
    var members: [BagPath: ZipMember] = [:]
    for member in directory.members where !member.isFolder {
      members[
        BagPath(String(decoding: member.name.utf8.dropFirst(root.utf8.count + 1), as: UTF8.self))] =
        member
    }
    self.members = members
    files = members.mapValues(\.size)
  }

  func open(_ path: BagPath) throws -> any ByteStream {
    guard let member = members[path] else {
      throw ReadFault(id: "unreadable", text: "is not in the zip")
    }
    return try ZipStream(file, member)
  }

  func place(of path: BagPath) -> String? { nil }

  /// The one folder that everything lies in.
  private static func root(of members: [ZipMember]) throws -> String {
    var root: BagPath?
    for member in members {
      let slash = UInt8(ascii: "/")
      let top = BagPath(String(decoding: member.name.utf8.prefix { $0 != slash }, as: UTF8.self))
      if !member.name.utf8.contains(slash) || top != root ?? top {
        throw ZipRefusal("root", member.name, "does not lie in the package's one folder")
      }
      root = top
    }
    guard let root else { throw ZipRefusal("root", "", "is empty") }
    return root.text
  }
}
