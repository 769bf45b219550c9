import Foundation
import Testing
import VouchModel

@testable import Vouch

/// Records that grew with the evidence, round by round, are those of a workspace that reads all of
/// it once, and so is every byte of the package made of them.
@Suite struct IncrementalTests {
  private func check(_ path: String) throws -> String {
    let workspace = try Workspace(path: path)
    return CheckJSON.text(
      try workspace.assess(period: workspace.configuration.period, asOf: nil))
  }

  /// Paths and digests of the package of a workspace.
  private func package(_ path: String) throws -> [String: Digest] {
    let workspace = try Workspace(path: path)
    let receipt = try workspace.bundle(period: workspace.configuration.period, asOf: nil).receipt
    var files: [String: Digest] = [:]
    for name in try FileManager.default.subpathsOfDirectory(atPath: receipt.folder) {
      var isFolder: ObjCBool = false
      let file = "\(receipt.folder)/\(name)"
      guard FileManager.default.fileExists(atPath: file, isDirectory: &isFolder),
        !isFolder.boolValue
      else { continue }
      files[name] = .sha256(try Data(contentsOf: URL(fileURLWithPath: file)))
    }
    return files
  }

  private func forget(_ path: String) throws {
    try? FileManager.default.removeItem(atPath: path + "/.vouch")
    try? FileManager.default.removeItem(atPath: path + "/output")
  }

  /// The ledger in parts, then files that stay, change under the same name, come later and are read
  /// anew for another zone.
  @Test func aWorkspaceThatGrewGivesEveryByteOfAFreshOne() throws {
    let demo = try DemoWorkspace()
    try forget(demo.path)
    let ledger = demo.path + "/evidence/ledger.jsonl"
    let lines = try String(contentsOfFile: ledger, encoding: .utf8).split(separator: "\n")
    try #require(lines.count > 20)
    for part in [1, 2, 3] {
      try (lines.prefix(lines.count * part / 3).joined(separator: "\n") + "\n").write(
        toFile: ledger, atomically: true, encoding: .utf8)
      if part < 3 { _ = try check(demo.path) }
    }
    let path = demo.path
    let inbox = path + "/evidence/inbox/rounds"
    try FileManager.default.createDirectory(atPath: inbox, withIntermediateDirectories: true)
    try demo.configure(
      "\nsources:\n",
      """

      sources:
        rounds: {file: "evidence/inbox/rounds/*", zone: UTC}

      """)
    let scan = try String(
      contentsOf: Program.root.appending(
        path: "Tests/Fixtures/collectors/nessus/credentials/export.nessus"), encoding: .utf8)
    func write(_ name: String, _ text: String) throws {
      try text.write(toFile: "\(inbox)/\(name)", atomically: true, encoding: .utf8)
    }
    func round(_ day: Int) throws {
      let workspace = try Workspace(path: path)
      _ = try workspace.collect(
        ["rounds"], now: { Instant(year: 2026, month: 10, day: day) }, operator: "p-001",
        host: "collector")
      _ = try check(path)
    }
    let passwd = "root:x:0:0:root:/root:/bin/bash\n"
    try write("passwd", passwd)
    try write("a.nessus", scan)
    try round(2)
    // One stays, one has other content, one is new, one cannot be read.
    try write("a.nessus", scan.replacing("10.20.0.11", with: "10.20.0.99"))
    try write("passwd-2026-09-01", passwd + "ann:x:1000:1000::/home/ann:/bin/bash\n")
    try write("broken.json", "{\"a\": ")
    try round(3)
    // The same bytes again, another zone and back: read anew each time.
    try write("passwd-2026-09-01", passwd + "ann:x:1000:1000::/home/ann:/bin/bash\n")
    try demo.configure("rounds/*\", zone: UTC}", "rounds/*\", zone: Asia/Tokyo}")
    _ = try check(path)
    try demo.configure("rounds/*\", zone: Asia/Tokyo}", "rounds/*\", zone: UTC}")
    try write("passwd", passwd)
    try round(4)
    let copy = path + "-fresh"
    try FileManager.default.copyItem(atPath: path, toPath: copy)
    defer { try? FileManager.default.removeItem(atPath: copy) }
    try forget(copy)
    let (grown, fresh) = (try package(path), try package(copy))
    #expect(grown.count > 50)
    let unlike = Set(grown.keys).union(fresh.keys).filter { grown[$0] != fresh[$0] }.sorted()
    #expect(unlike == [])
  }
}
