import Foundation
import Testing
import Vouch
import VouchControls

/// The files of docs/examples are what they say: units that systemd takes, pipelines whose commands
/// run.
@Suite struct ExampleTests {
  private static let examples = Program.root.appending(path: "docs/examples")

  @Test func systemdTakesTheUnits() throws {
    guard let analyze = Program.find("systemd-analyze") else {
      print("skipped: systemd-analyze is not installed")
      return
    }
    try Program.inFolder { folder in
      let names = ["vouch.service", "vouch.timer"]
      for name in names {
        // The verifier wants the program and the user to be there.
        let text = try String(
          contentsOf: Self.examples.appending(path: "systemd/\(name)"), encoding: .utf8
        ).replacing("/usr/bin/vouch", with: "/bin/true").replacing("User=vouch", with: "User=root")
          .replacing("Documentation=man:vouch(1)\n", with: "")
        try text.write(to: folder.appending(path: name), atomically: true, encoding: .utf8)
      }
      let run = try Program.run(
        analyze, ["verify"] + names.map { folder.appending(path: $0).path })
      #expect(run.status == 0, "\(run.err)")
      #expect(!run.err.contains(folder.lastPathComponent), "\(run.err)")
      let next = try Program.run(analyze, ["calendar", "Mon *-*-* 06:00:00"])
      #expect(next.status == 0)
    }
  }

  /// The shell lines of a pipeline, in its order.
  private func commands(_ path: String) throws -> [String] {
    let file = Self.examples.appending(path: path)
    let reader = YAMLReader(file: path, topic: "example")
    let map = try #require(reader.open(String(contentsOf: file, encoding: .utf8)))
    let github = map.map("jobs")?.map("check")?.maps("steps").compactMap { $0.string("run") } ?? []
    let gitlab =
      map.map("evidence").map { $0.strings("before_script") + $0.strings("script") } ?? []
    #expect(reader.problems == [])
    return (github + gitlab).flatMap { $0.split(separator: "\n").map(String.init) }
  }

  @Test(arguments: ["github/vouch.yml", "gitlab/gitlab-ci.yml"])
  func theCommandsOfAPipelineRunAndFailOnNewGapsOnly(_ path: String) throws {
    let vouch = try #require(Program.vouch, "build the product vouch first")
    let own = try commands(path).filter { $0.hasPrefix("vouch ") }
    #expect(own.count == 4, "collect, JUnit, SARIF, check")
    for command in try commands(path) {
      #expect(try Program.run("/bin/bash", ["-n", "-c", command]).status == 0, "\(command)")
    }
    try Program.inFolder { folder in
      _ = try Workspace.initialise(folder.path)
      _ = try Program.run(vouch, ["collect"], in: folder)
      let first = try Program.run(vouch, ["check", "--format", "json"], in: folder)
      let bin = (vouch as NSString).deletingLastPathComponent
      func pipeline(baseline: String) throws -> Program.Result {
        try baseline.write(
          to: folder.appending(path: "baseline.json"), atomically: true, encoding: .utf8)
        return try Program.run(
          "/bin/bash", ["-e", "-c", own.joined(separator: "\n")], in: folder,
          environment: ["PATH": "\(bin):/usr/bin:/bin"])
      }
      let known = try pipeline(baseline: first.out)
      #expect(known.status == 0, "\(known.err)")
      let junit = try String(contentsOf: folder.appending(path: "junit.xml"), encoding: .utf8)
      #expect(junit.contains("failures=\"0\""))
      let passing = first.out.replacing("\"insufficient_evidence\"", with: "\"pass\"")
      #expect(try pipeline(baseline: passing).status == 1)
      let failing = try String(contentsOf: folder.appending(path: "junit.xml"), encoding: .utf8)
      #expect(failing.contains("failures=\"4\""))
    }
  }
}
