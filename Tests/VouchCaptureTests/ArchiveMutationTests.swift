import Foundation
import Testing
import VouchTestSupport

@testable import VouchCapture

/// Archives of the inbox, changed at random: opening them ends, soon, with members or a reason.
@Suite struct ArchiveMutationTests {
  @Test func noChangeOfAnArchiveStopsItsOpening() throws {
    let folder = try Folder()
    for name in ["a.csv", "b.json", "c/d.txt"] {
      try folder.write(name, String(repeating: "\(name),1,2,3\n", count: 200))
    }
    guard try folder.shell("zip -q -r all.zip a.csv b.json c && gzip -k a.csv") == 0 else {
      print("skipped: zip or gzip is not installed")
      return
    }
    let all = URL(fileURLWithPath: folder.path)
    let corpus = Reader.files(all, ending: ".zip") + Reader.files(all, ending: ".gz")
    #expect(corpus.count == 2)
    let faults = Reader("archives", corpus: corpus).run { name, bytes in
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
}
