import Foundation
import Testing
import VouchVerify

/// A zip that is not one thing to every reader is refused, or its damaged member named.
@Suite struct ZipTests {
  struct Forgery: Sendable, CustomTestStringConvertible {
    let name: String
    let findings: Set<String>
    let file: String
    let forge: @Sendable (inout ZipForge) throws -> Void
    var testDescription: String { name }

    init(
      _ name: String, _ findings: Set<String>, _ file: String = "",
      _ forge: @escaping @Sendable (inout ZipForge) throws -> Void
    ) {
      self.name = name
      self.findings = findings
      self.file = file
      self.forge = forge
    }
  }

  private static let readme = "data/reperform/README.txt"
  private static let outside = "\(Sample.name)/data/../../../etc/cron.d/x"

  private static let structure: [Forgery] = [
    Forgery("a name that leaves the folder", ["zip.slip"], outside) {
      $0.members.append(.init(outside, "x"))
    },
    Forgery("an absolute name", ["zip.slip"], "/etc/passwd") {
      $0.members.append(.init("/etc/passwd", "x"))
    },
    Forgery("a name with backslashes", ["zip.slip"], "..\\x") {
      $0.members.append(.init("\(Sample.name)/..\\x", "x"))
    },
    Forgery("a name with a drive", ["zip.slip"], "C:") { $0.members.append(.init("C:/x", "x")) },
    Forgery("a symbolic link", ["zip.link"], readme) { $0[readme].attributes = 0o120777 << 16 },
    Forgery("a device", ["zip.link"], readme) { $0[readme].attributes = 0o060666 << 16 },
    Forgery("a link of Windows", ["zip.link"], readme) { $0[readme].attributes |= 0x400 },
    Forgery("a folder by its attributes", ["zip.mismatch"], readme) {
      $0[readme].attributes |= 0x10
    },
    Forgery("a folder by its mode", ["zip.mismatch"], readme) {
      $0[readme].attributes = 0o040755 << 16
    },
    Forgery("two members of one name", ["zip.duplicate"], readme) {
      $0.members.append(.init("\(Sample.name)/\(readme)", "x"))
    },
    Forgery("a member that is a folder too", ["zip.duplicate"], readme) {
      $0.members.append(.init("\(Sample.name)/\(readme)/", ""))
      $0.members[$0.members.count - 1].attributes = 0
    },
    Forgery("an encrypted member", ["zip.encrypted"], readme) { $0[readme].flags |= 1 },
    Forgery("a member with AES", ["zip.encrypted"], readme) {
      $0[readme].extra = le(0x9901, 2) + le(7, 2) + [2, 0, 65, 69, 3, 8, 0]
    },
    Forgery("another method", ["zip.method"], readme) { $0[readme].method = 12 },
    Forgery("another name in front", ["zip.mismatch"], readme) {
      $0[readme].localName = "\(Sample.name)/data/reperform/README.TXT"
    },
    Forgery("another size in front", ["zip.mismatch"], readme) { $0[readme].localSize = 3 },
    Forgery("another checksum in front", ["zip.mismatch"], readme) { $0[readme].localCRC = 3 },
    Forgery("another method in front", ["zip.mismatch"], readme) { $0[readme].localMethod = 8 },
    Forgery("a second name in an extra field", ["zip.name"], readme) {
      $0[readme].extra = le(0x7075, 2) + le(6, 2) + [1, 0, 0, 0, 0, 120]
    },
    Forgery("a name that is not marked as UTF-8", ["zip.name"], "caf") {
      $0.members.append(.init("\(Sample.name)/data/café.csv", "x"))
      $0.members[$0.members.count - 1].flags = 0
    },
    Forgery("members that overlap", ["zip.overlap"], "config/vouch.yaml") { forge in
      // The header of the next member lies in the bytes of this one.
      forge[readme].size += 8
      forge[readme].packedSize = forge[readme].size
    },
    Forgery("two entries for the same bytes", ["zip.overlap"], "copy") { forge in
      var copy = forge.members[0]
      copy.name = "\(Sample.name)/copy.txt"
      copy.offset = 0
      forge.members.append(copy)
    },
    Forgery("bytes between members", ["zip.gap"], readme) { $0[readme].gap = [1, 2, 3] },
    Forgery("bytes in front of the first member", ["zip.gap"]) {
      $0.members[0].gap = Array("#!/bin/sh".utf8)
    },
    Forgery("bytes in front of the directory", ["zip.gap"]) { $0.gap = [1, 2, 3] },
    Forgery("bytes behind the end", ["zip.trailing"]) { $0.trailing = Array("more".utf8) },
    Forgery("a comment", ["zip.trailing"]) { $0.comment = Array("hello".utf8) },
    Forgery("a second end", ["zip.gap"]) { $0.comment = ZipForge([]).bytes() },
    Forgery("fewer members than counted", ["zip.directory"]) { $0.countShift = 1 },
    Forgery("more members than counted", ["zip.directory"]) { $0.countShift = -1 },
    Forgery("a file beside the folder", ["zip.root"], "other.txt") {
      $0.members.append(.init("other.txt", "x"))
    },
    Forgery("two folders", ["zip.root"], "other/x") { $0.members.append(.init("other/x", "x")) },
    Forgery("nothing in it", ["zip.root"]) { $0.members = [] },
    Forgery("a bomb that admits to it", ["zip.bomb"], readme) { forge in
      forge[readme].content = [UInt8](repeating: 0, count: 8 << 20)
      forge[readme].size = 8 << 20
      try forge[readme].deflate()
    },
    Forgery("more than is allowed in all", ["zip.bomb"], readme) { forge in
      forge[readme].size = 300 << 30
      forge[readme].isWide = true
      forge[readme].method = 8
    },
    Forgery("a stored member with two sizes", ["zip.mismatch"], readme) { $0[readme].size += 1 },
    Forgery("two 64-bit fields", ["zip.directory"], readme) { forge in
      forge[readme].isWide = true
      forge[readme].extra = le(1, 2) + le(8, 2) + le(5, 8)
    },
  ]

  private static let members: [Forgery] = [
    Forgery("a wrong checksum", ["zip.crc"], readme) { forge in
      forge[readme].crc ^= 1
    },
    Forgery("bytes changed", ["zip.crc", "manifest.changed"], readme) { forge in
      var packed = forge[readme].content
      packed[3] ^= 1
      forge[readme].packed = packed
    },
    Forgery("a bomb that hides it", ["zip.size", "manifest.unreadable", "bag-info.oxum"], readme) {
      forge in
      try forge[readme].deflate()
      forge[readme].size = 5
    },
    Forgery("a member shorter than it says", ["zip.size", "bag-info.oxum"], readme) { forge in
      try forge[readme].deflate()
      forge[readme].size += 5
    },
    Forgery("packed bytes cut off", ["zip.deflate", "manifest.unreadable"], readme) { forge in
      try forge[readme].deflate()
      forge[readme].packed = forge[readme].packed.map { $0.dropLast(3).map { $0 } }
    },
    Forgery("packed bytes that are none", ["zip.deflate", "manifest.unreadable"], readme) { forge in
      forge[readme].method = 8
      forge[readme].packed = [UInt8](repeating: 0xFF, count: 20)
    },
    Forgery("bytes hidden behind the packed ones", ["zip.deflate"], readme) { forge in
      try forge[readme].deflate()
      forge[readme].packed = forge[readme].packed.map { $0 + Array("hidden".utf8) }
    },
  ]

  private func verify(_ bytes: [UInt8], as name: String = "package.zip") throws
    -> Verification
  {
    let folder = try TemporaryFolder()
    let path = "\(folder.path)/\(name)"
    try Data(bytes).write(to: URL(fileURLWithPath: path))
    let result = try PackageVerifier.verify(path, options: Sample.options)
    return withExtendedLifetime(folder) { result }
  }

  @Test(arguments: structure + members) func finds(_ forgery: Forgery) throws {
    var forge = try ZipForge(try Sample())
    try forgery.forge(&forge)
    let result = try verify(forge.bytes())
    #expect(Set(result.findings.map(\.id)) == forgery.findings, "\(result.table)")
    for id in forgery.findings where id.hasPrefix("zip.") {
      #expect(
        result.findings.contains {
          $0.id == id && (forgery.file.isEmpty || $0.file.contains(forgery.file))
        },
        "\(result.table)")
    }
  }

  @Test func readsWhatOtherArchiversWrite() throws {
    let sample = try Sample()
    var forge = try ZipForge(sample)
    let plain = try verify(forge.bytes())
    #expect(plain.isValid, "\(plain.table)")
    // Sizes of 64 bits where 32 would do, as streaming archivers write them.
    forge.isWide = true
    for index in forge.members.indices {
      forge.members[index].isWide = true
      if index.isMultiple(of: 2) { try forge.members[index].deflate() }
    }
    let wide = try verify(forge.bytes())
    #expect(wide.isValid, "\(wide.table)")
  }

  @Test(arguments: [0, 4], [4, 8]) func readsStreamedMembers(signature: Int, width: Int)
    throws
  {
    var forge = try ZipForge(try Sample())
    for index in forge.members.indices {
      try forge.members[index].deflate()
      let member = forge.members[index]
      let packed = member.packed?.count ?? 0
      forge.members[index].flags |= 8
      forge.members[index].descriptor =
        Array(le(0x0807_4B50, 4).suffix(signature)) + le(Int(member.crc), 4) + le(packed, width)
        + le(member.size, width)
    }
    let result = try verify(forge.bytes())
    #expect(result.isValid, "\(result.table)")
    forge.members[3].descriptor[signature] ^= 1
    let changed = try verify(forge.bytes())
    #expect(changed.findings.map(\.id) == ["zip.mismatch"], "\(changed.table)")
  }

  @Test func refusesAZipCutAnywhere() throws {
    let whole = try ZipForge(try Sample()).bytes()
    for count in stride(from: 0, to: whole.count - 1, by: whole.count / 40) {
      let result = try verify(Array(whole.prefix(count)))
      #expect(!result.isValid, "\(count) bytes of \(whole.count)")
    }
  }

  /// Changing any byte of the zip's own records, or of a member, is found.
  @Test func findsAByteChangedAnywhere() throws {
    let whole = try ZipForge(try Sample()).bytes()
    // Times, attributes of no meaning and versions are nobody's content; so the seven places
    // of a header that say nothing are left out by looking for a changed listing instead.
    var unnoticed: [Int] = []
    for at in stride(from: 17, to: whole.count, by: whole.count / 60) {
      var bytes = whole
      bytes[at] ^= 0x10
      if try verify(bytes).isValid { unnoticed.append(at) }
    }
    #expect(unnoticed.isEmpty, "bytes at \(unnoticed)")
  }
}
