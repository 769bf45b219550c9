import Foundation
import Testing

/// Holds output against a file of `Tests/Fixtures`; `VOUCH_RECORD=1` writes that file instead.
enum Golden {
  static func hold(
    _ file: URL, against name: String, sourceLocation: SourceLocation = #_sourceLocation
  ) throws {
    let found = try String(contentsOf: file, encoding: .utf8)
    let golden = Sample.root.appending(path: "Tests/Fixtures/\(name)")
    if ProcessInfo.processInfo.environment["VOUCH_RECORD"] == "1" {
      try FileManager.default.createDirectory(
        at: golden.deletingLastPathComponent(), withIntermediateDirectories: true)
      return try found.write(to: golden, atomically: true, encoding: .utf8)
    }
    guard let expected = try? String(contentsOf: golden, encoding: .utf8) else {
      Issue.record(
        "there is no \(name); run with VOUCH_RECORD=1 and review it",
        sourceLocation: sourceLocation)
      return
    }
    if found == expected { return }
    let pair = zip(found.split(separator: "\n"), expected.split(separator: "\n"))
    let change = pair.enumerated().first { $0.element.0 != $0.element.1 }
    Issue.record(
      """
      \(name) differs at line \((change?.offset ?? 0) + 1)
        found:    \(change?.element.0 ?? "(more or fewer lines)")
        expected: \(change?.element.1 ?? "")
      if the change is meant, run with VOUCH_RECORD=1 and review the difference
      """, sourceLocation: sourceLocation)
  }
}
