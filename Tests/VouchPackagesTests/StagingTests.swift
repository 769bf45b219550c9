import Foundation
import Testing
import VouchModel

@testable import VouchPackages

@Suite struct StagingTests {
  private func make(_ text: String, in folder: URL) throws -> Staging {
    let staging = try Staging(for: "x-soc2-2026", in: folder.path)
    let inner = URL(filePath: staging.folder).appending(path: "x-soc2-2026")
    try FileManager.default.createDirectory(at: inner, withIntermediateDirectories: false)
    try Data(text.utf8).write(to: inner.appending(path: "a"))
    try Data(text.utf8).write(
      to: URL(filePath: staging.folder).appending(path: "x-soc2-2026.zip"))
    return staging
  }

  private func names(in folder: URL) throws -> [String] {
    try FileManager.default.contentsOfDirectory(atPath: folder.path).sorted()
  }

  @Test func showsNothingBeforeItIsPublished() throws {
    try Sample.withFolder { folder in
      let staging = try make("new", in: folder)
      #expect(try names(in: folder) == [".x-soc2-2026.tmp-\(getpid())"])
      try staging.publish()
      staging.remove()
      #expect(try names(in: folder) == ["x-soc2-2026", "x-soc2-2026.zip"])
    }
  }

  @Test func replacesAnOlderPackage() throws {
    try Sample.withFolder { folder in
      for text in ["old", "new"] {
        let staging = try make(text, in: folder)
        try staging.publish()
        staging.remove()
      }
      #expect(try names(in: folder) == ["x-soc2-2026", "x-soc2-2026.zip"])
      let read = try String(
        contentsOf: folder.appending(path: "x-soc2-2026/a"), encoding: .utf8)
      #expect(read == "new")
    }
  }

  @Test func removesWhatKilledRunsLeftAndNothingElse() throws {
    try Sample.withFolder { folder in
      // Process numbers end far below this one (proc(5), pid_max).
      let dead = ".x-soc2-2026.tmp-2000000000"
      let kept = [".other.tmp-2000000000", ".x-soc2-2026.tmp-1", ".x-soc2-2026.tmp-x", "README.md"]
      for name in kept + [dead] {
        try FileManager.default.createDirectory(
          at: folder.appending(path: name), withIntermediateDirectories: false)
      }
      let staging = try Staging(for: "x-soc2-2026", in: folder.path)
      staging.remove()
      #expect(try names(in: folder) == kept.sorted())
    }
  }

  @Test func namesTheFolderThatCannotBeMade() throws {
    try Sample.withFolder { folder in
      let file = folder.appending(path: "file")
      try Data().write(to: file)
      do {
        _ = try Staging(for: "x-soc2-2026", in: file.path)
        Issue.record("a folder was made inside a file")
      } catch let refusal as Refusal {
        #expect(refusal.status == .io)
        #expect(refusal.diagnostics.first?.text.contains("Not a directory") == true)
      }
    }
  }
}
