import Foundation
import Testing
import Vouch

/// Every command of the README is run, in its order, and prints what the README says.
///
/// In what is printed, `...` stands for anything in a line, and alone in a line for any lines.
@Suite struct ReadmeTests {
  struct Step {
    let line: Int
    let command: String
    var expected: [String] = []
  }

  static func steps(_ text: String) -> [Step] {
    var steps: [Step] = []
    var isInside = false
    for (index, line) in text.components(separatedBy: "\n").enumerated() {
      if line == "```console" {
        isInside = true
      } else if line == "```" {
        isInside = false
      } else if isInside, line.hasPrefix("$ ") {
        steps.append(Step(line: index + 1, command: String(line.dropFirst(2))))
      } else if isInside, !steps.isEmpty {
        steps[steps.count - 1].expected.append(line)
      }
    }
    return steps
  }

  /// Whether lines that were printed are the expected ones.
  static func matches(_ expected: ArraySlice<String>, _ printed: ArraySlice<String>) -> Bool {
    guard let first = expected.first else { return printed.isEmpty }
    if first == "..." {
      return matches(expected.dropFirst(), printed)
        || (!printed.isEmpty && matches(expected, printed.dropFirst()))
    }
    guard let line = printed.first, isLike(line, first) else { return false }
    return matches(expected.dropFirst(), printed.dropFirst())
  }

  private static func isLike(_ line: String, _ pattern: String) -> Bool {
    let parts = pattern.components(separatedBy: "...")
    guard parts.count > 1 else { return line == pattern }
    guard line.hasPrefix(parts[0]) else { return false }
    var rest = Substring(line).dropFirst(parts[0].count)
    for part in parts.dropFirst().dropLast() {
      guard let found = rest.range(of: part) else { return false }
      rest = rest[found.upperBound...]
    }
    return rest.hasSuffix(parts[parts.count - 1])
  }

  /// Runs the commands in one shell; what each printed, on both streams in its order.
  private func run(_ steps: [Step], in folder: URL, home: URL) throws -> [[String]] {
    let mark = "@@step@@"
    let script = steps.map { "\($0.command)\necho; echo '\(mark)'" }.joined(separator: "\n")
    let vouch = try #require(Program.vouch, "build the product vouch first")
    let bin = (vouch as NSString).deletingLastPathComponent
    let result = try Program.run(
      "/bin/bash", ["-c", "exec 2>&1\n" + script], in: folder,
      environment: [
        "PATH": "\(bin):/usr/bin:/bin", "HOME": home.path, "COLUMNS": "100", "TZ": "UTC",
        "GIT_CEILING_DIRECTORIES": home.path, "VOUCH_NOW": "2026-10-05T08:00:00Z",
      ])
    return result.out.components(separatedBy: "\n\(mark)\n").dropLast().map { text in
      var lines = text.components(separatedBy: "\n")
      while lines.last == "" { lines.removeLast() }
      return lines
    }
  }

  @Test func everyCommandPrintsWhatTheReadmeSays() throws {
    guard Program.find("sqlite3") != nil else {
      print("skipped: sqlite3 is not installed")
      return
    }
    let text = try String(
      contentsOf: Program.root.appending(path: "README.md"), encoding: .utf8)
    let steps = Self.steps(text)
    #expect(steps.count > 12)
    try Program.inFolder { home in
      // What a clone has, without what it builds.
      let clone = home.appending(path: "vouch")
      for path in ["vouch.yaml", "evidence", "docs/examples/exports"] {
        let target = clone.appending(path: path)
        try FileManager.default.createDirectory(
          at: target.deletingLastPathComponent(), withIntermediateDirectories: true)
        try FileManager.default.copyItem(at: Program.root.appending(path: path), to: target)
      }
      let printed = try run(steps, in: clone, home: home)
      #expect(printed.count == steps.count)
      for (step, lines) in zip(steps, printed) {
        var expected = step.expected
        while expected.last == "" { expected.removeLast() }
        #expect(
          Self.matches(expected[...], lines[...]),
          "README.md:\(step.line): '\(step.command)' prints:\n\(lines.joined(separator: "\n"))")
      }
    }
  }

  @Test func theReadmesLinksLeadSomewhere() throws {
    for name in ["README.md", "CONTRIBUTING.md", "docs/scheduling.md"] {
      let file = Program.root.appending(path: name)
      let text = try String(contentsOf: file, encoding: .utf8)
      for match in text.matches(of: /\]\(([^)#:]+)\)/) {
        let target = file.deletingLastPathComponent().appending(path: String(match.1))
        #expect(FileManager.default.fileExists(atPath: target.path), "\(name): \(match.1)")
      }
    }
  }
}
