import Foundation
import Testing
import VouchTestSupport

@testable import VouchCapture

/// Archives of the inbox, changed at random: opening them ends, soon, with members or a reason.
@Suite struct ArchiveMutationTests {
  /// The others rest on this.
  @Test func aTrapIsAFailureThatNamesItsCase() async throws {
    let note = CurrentCase()
    await #expect(processExitsWith: .failure) { [path = note.path as String] in
      let reader = Reader("traps", corpus: [("a.csv", Data("a,b".utf8))])
      _ = reader.run(CurrentCase(path)) { _, bytes -> String? in
        precondition(bytes.count < 0, "on purpose")
        return nil
      }
    }
    let words = note.lastWords
    #expect(words.hasPrefix("it did not survive a.csv seed 1;"), "\(words)")
    #expect(FileManager.default.contents(atPath: note.path) != nil)
    unlink(note.path)
    unlink(note.path + ".name")
  }

  @Test func noChangeOfAnArchiveStopsItsOpening() async {
    let note = CurrentCase()
    await #expect(processExitsWith: .success, "\(note.lastWords)") { [path = note.path as String] in
      let folder = try Folder()
      for name in ["a.csv", "b.json", "c/d.txt"] {
        try folder.write(name, String(repeating: "\(name),1,2,3\n", count: 200))
      }
      guard try folder.shell("zip -q -r all.zip a.csv b.json c && gzip -k a.csv") == 0 else {
        return CurrentCase(path).end("skipped: zip or gzip is not installed")
      }
      let all = URL(fileURLWithPath: folder.path)
      let corpus = Reader.files(all, ending: ".zip") + Reader.files(all, ending: ".gz")
      #expect(corpus.count == 2)
      let faults = Reader("archives", corpus: corpus).run(CurrentCase(path)) { name, bytes in
        do {
          let own = try Folder()
          let path = "\(own.path)/\((name as NSString).lastPathComponent)"
          try bytes.write(to: URL(fileURLWithPath: path))
          try Archives.members(of: path) { _, file in
            _ = try Data(contentsOf: URL(fileURLWithPath: file))
          }
          withExtendedLifetime(own) {}
          return nil
        } catch is ArchiveProblem {
          return nil
        } catch {
          return "\(error)"
        }
      }
      #expect(faults == [])
    }
    note.tell()
  }
}
