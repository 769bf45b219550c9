import Foundation
import Testing
import Vouch
import VouchModel

/// What `vouch collect` shows while it works and says when it is done.
@Suite struct CollectReportTests {
  @Test func progressShowsAmountRateAndWhatIsLeft() {
    var meter = ProgressMeter()
    #expect(
      meter.line(.source(name: "nessus", index: 0, count: 3), at: 0) == "collecting nessus (1/3)")
    #expect(
      meter.line(.expected(files: 12, bytes: 400 << 20), at: 0)
        == "collecting nessus (1/3), 12 files")
    #expect(
      meter.line(.bytes(100 << 20), at: 2)
        == "collecting nessus (1/3), 12 files, 100 MiB of 400 MiB, 50 MiB/s, 6 s left")
    #expect(
      meter.line(.reading(name: "a.nessus", index: 0, count: 2, bytes: 0, total: 400), at: 10)
        == "reading a.nessus (1/2)")
    #expect(
      meter.line(.records(1_234_567), at: 12)
        == "reading a.nessus (1/2), 1,234,567 records, 617,283/s")
    // A quarter of the bytes took four seconds.
    #expect(
      meter.line(.reading(name: "b.nessus", index: 1, count: 2, bytes: 100, total: 400), at: 14)
        == "reading b.nessus (2/2), 12 s left")
  }

  @Test func rateAndRestBeginAnewWithEachSource() {
    var meter = ProgressMeter()
    _ = meter.line(.source(name: "a", index: 0, count: 2), at: 0)
    _ = meter.line(.expected(files: 1, bytes: 10), at: 0)
    _ = meter.line(.bytes(10), at: 5)
    #expect(meter.line(.source(name: "b", index: 1, count: 2), at: 6) == "collecting b (2/2)")
  }

  /// A workspace with one table that is read, one file that is refused and one source without any.
  private func workspace(_ folder: URL) throws {
    let files = [
      "vouch.yaml": """
      organization: {name: A}
      system: {name: B}
      zone: UTC
      period: 2026-Q3
      controls: {AST-01: {owner: p-1}}
      sources:
        people: {file: "in/person*.csv"}
        odd: {file: "in/odd*"}
        scans: {file: "in/*.nessus"}
      """,
      "in/person-2026-07-01.csv": "person_id,status\np-1,active\np-2,active\n",
      "in/odd.txt": "what is this\n",
    ]
    for (name, text) in files {
      let file = folder.appending(path: name)
      try FileManager.default.createDirectory(
        at: file.deletingLastPathComponent(), withIntermediateDirectories: true)
      try text.write(to: file, atomically: true, encoding: .utf8)
    }
  }

  @Test func theSummarySaysWhatWasReadRefusedAndIsMissing() throws {
    let vouch = try #require(Program.vouch, "build the product vouch first")
    try Program.inFolder { folder in
      try workspace(folder)
      let run = try Program.run(vouch, ["collect"], in: folder)
      #expect(run.status == 1)
      #expect(run.out == "")
      #expect(!run.err.contains("\u{1B}") && !run.err.contains("\r"), "quiet in pipes")
      let summary = run.err.components(separatedBy: "odd: 1 preserved").last ?? ""
      #expect(
        "odd: 1 preserved" + summary == """
          odd: 1 preserved (13 bytes), 1 not read completely
          people: 1 preserved (39 bytes), 2 records read
          scans: 1 failed

          Read: 2 new files, 2 records from 3 sources.
          Refused, wholly or in part: 1 file; why stands above.
            odd.txt [collect.unknown-format]
          Missing:
            source scans: no file matches in/*.nessus
            no evidence about asset: AST-01
            no evidence about host sighting: AST-01

          """)
      #expect(run.err.contains("odd.txt (evidence/"))
    }
  }

  @Test func progressIsShownAtATerminalAndTakenBack() throws {
    guard let script = Program.find("script") else {
      print("skipped: script, which gives a terminal, is not installed")
      return
    }
    let vouch = try #require(Program.vouch, "build the product vouch first")
    try Program.inFolder { folder in
      try workspace(folder)
      let shown = try Program.run(
        script, ["-qec", "\(vouch) collect", "/dev/null"], in: folder,
        environment: ["TERM": "xterm"])
      #expect(shown.out.contains("\r\u{1B}[Kcollecting odd (1/3)"))
      let quiet = try Program.run(
        script, ["-qec", "\(vouch) collect --quiet", "/dev/null"], in: folder,
        environment: ["TERM": "xterm"])
      #expect(!quiet.out.contains("\u{1B}[K"))
    }
  }

  @Test func theVersionNamesTheRules() throws {
    let vouch = try #require(Program.vouch, "build the product vouch first")
    let run = try Program.run(vouch, ["--version"])
    #expect(run.status == 0)
    #expect(run.out == VouchVersion.text + "\n")
    #expect(
      run.out.contains(
        "rules sha256:\(Templates(files: Templates.builtIn).rulesDigest.hex) (89 controls)"))
  }
}
