import Foundation
import Testing
import Vouch
import VouchModel

/// The same input gives the same bytes, whoever makes the package, where and when.
@Suite struct DeterminismTests {
  private struct Place {
    let folder: String
    let environment: [String: String]
    let umask: String
    let output: String

    init(
      _ root: String, _ name: String, _ environment: [String: String], umask: String
    ) {
      folder = "\(root)/\(name)"
      output = "\(root)/\(name)-out"
      self.environment = environment.merging(
        [
          "PATH": "/usr/bin:/bin", "VOUCH_NOW": "2026-10-02T08:00:00Z", "VOUCH_OPERATOR": "p-003",
          "VOUCH_HOST": "collector.northlight.example",
        ]) { own, _ in own }
      self.umask = umask
    }

    func run(_ arguments: [String]) throws -> MachineTool.Answer {
      let program = try #require(MachineTool.path)
      return try MachineTool.run(
        [program] + arguments + ["--workspace", folder], environment: environment, umask: umask)
    }
  }

  /// Copies files one by one, in the order that is wanted, so that folders list them differently.
  private func copy(_ from: String, to: String, isReversed: Bool) throws {
    let files = FileManager.default.subpaths(atPath: from) ?? []
    let order = files.sorted { isReversed ? $0 > $1 : $0 < $1 }
    for file in order {
      var isFolder: ObjCBool = false
      guard FileManager.default.fileExists(atPath: "\(from)/\(file)", isDirectory: &isFolder),
        !isFolder.boolValue, !file.hasPrefix(".vouch/")
      else { continue }
      let target = "\(to)/\(file)"
      try FileManager.default.createDirectory(
        atPath: (target as NSString).deletingLastPathComponent, withIntermediateDirectories: true)
      try FileManager.default.copyItem(atPath: "\(from)/\(file)", toPath: target)
    }
  }

  /// Two attestations that are collected last, dropped in the one or the other order.
  private func drop(_ folder: String, isReversed: Bool) throws {
    let inbox = "\(folder)/evidence/inbox/registers"
    try FileManager.default.createDirectory(atPath: inbox, withIntermediateDirectories: true)
    let names = ["zz-note-1.csv", "zz-note-2.csv"]
    for name in isReversed ? names.reversed() : names {
      try "note,text\n1,\(name)\n".write(
        toFile: "\(inbox)/\(name)", atomically: true, encoding: .utf8)
    }
  }

  @Test func twoBuildsOfOneWorkspaceAreTheSameByteForByte() throws {
    guard MachineTool.path != nil else {
      print("skipped: the program was not built")
      return
    }
    let demo = try DemoWorkspace()
    let root = demo.path + "-two"
    defer { try? FileManager.default.removeItem(atPath: root) }
    let places = [
      Place(
        root, "a", ["TZ": "UTC", "LC_ALL": "C", "USER": "ann", "HOME": "/tmp"], umask: "022"),
      Place(
        root, "some where/else entirely",
        [
          "TZ": "Pacific/Kiritimati", "LC_ALL": "tr_TR.UTF-8", "LANG": "ar_EG.UTF-8",
          "USER": "bob", "LOGNAME": "bob", "HOME": "/", "COLUMNS": "40",
        ], umask: "077"),
    ]
    for (index, place) in places.enumerated() {
      try copy(demo.path, to: place.folder, isReversed: index == 1)
      try drop(place.folder, isReversed: index == 1)
      let collected = try place.run(["collect", "--quiet", "registers"])
      #expect(collected.status <= 1, "\(collected.errors)")
      let bundled = try place.run(["bundle", "--quiet", "--output", place.output])
      #expect(bundled.status <= 1, "\(bundled.errors)")
    }
    let zips = try places.map { place in
      let names = try FileManager.default.contentsOfDirectory(atPath: place.output)
      let zip = try #require(names.first { $0.hasSuffix(".zip") })
      return try Data(contentsOf: URL(fileURLWithPath: "\(place.output)/\(zip)"))
    }
    #expect(zips[0].count > 100_000)
    if zips[0] != zips[1] { try nameDifferences(places) }
  }

  /// Says which files differ, which is what the next person wants to know.
  private func nameDifferences(_ places: [Place]) throws {
    let answer = try MachineTool.run(["diff", "-rq", places[0].output, places[1].output])
    Issue.record("the two packages differ: \(answer.output)")
  }
}
