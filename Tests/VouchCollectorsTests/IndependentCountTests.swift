import Foundation
import Testing
import VouchModel

@testable import VouchCollectors

/// What the readers count in real exports, counted a second time by a script that shares nothing
/// with them: `Tests/Fixtures/count_samples.py`.
@Suite struct IndependentCountTests {
  private struct Count: CustomStringConvertible {
    let path: String
    let type: String
    let number: Int
    var description: String { "\(path): \(number) \(type)" }
  }

  @Test func theReadersCountWhatPythonCounts() throws {
    guard let counts = try Self.counts() else { return }
    var gathered: [String: Gathered] = [:]
    for count in counts {
      let sample = try gathered[count.path] ?? Self.read(count.path)
      gathered[count.path] = sample
      let read =
        count.type == "observation"
        ? sample.sink.observations.count
        : sample.sink.records.count { $0.type.name == count.type }
      #expect(read == count.number, "\(count), and the reader gives \(read)")
    }
    #expect(Set(counts.map(\.path)).count >= 25)
  }

  private static func read(_ path: String) throws -> Gathered {
    let item = try #require(
      Samples.item(path, zone: "UTC", options: ["asset": "web-01", "store": "orders"]))
    let head = Head(raw: try item.head(), name: item.provenance.name)
    return Gathered(item, by: try #require(Collectors.recognising(head)))
  }

  /// Nil, and a line that says so, without the exports or Python.
  private static func counts() throws -> [Count]? {
    guard let root = Samples.root else {
      print("skipped: the real exports are not there")
      return nil
    }
    let process = Process()
    process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
    let script = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
      .deletingLastPathComponent().appending(path: "Fixtures/count_samples.py")
    process.arguments = ["python3", script.path, root.path]
    let pipe = Pipe()
    process.standardOutput = pipe
    try process.run()
    let text = String(decoding: pipe.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
    process.waitUntilExit()
    if process.terminationStatus == 127 {
      print("skipped: python3 is not installed")
      return nil
    }
    try #require(process.terminationStatus == 0)
    return text.split(separator: "\n").compactMap { line in
      let parts = line.split(separator: "|").map(String.init)
      guard parts.count == 3, let number = Int(parts[2]) else { return nil }
      return Count(path: parts[0], type: parts[1], number: number)
    }
  }
}
