import Foundation
import Testing

/// `vouch check` says what scanner, patch manager and live patcher know together, by name.
@Suite struct ToolComparisonTests {
  @Test func theTableNamesWhatOneToolDoesNotKnow() throws {
    let vouch = try #require(Program.vouch, "build the product vouch first")
    try Program.inFolder { folder in
      let files = [
        "vouch.yaml": """
        organization: {name: Example}
        system: {name: Books, description: d}
        zone: UTC
        period: 2026-Q3
        controls: {AST-01: {owner: p-1}}
        sources: {all: {file: "in/*", zone: UTC}}
        """,
        "in/asset-2026-10-01.csv": """
        asset_id,hostname,kind,in_scope,first_seen
        a-1,one.example,server,true,2025-01-01
        a-2,two.example,server,true,2025-01-01
        a-3,three.example,server,false,2025-01-01

        """,
        "in/patch_event-2026-10-01.csv": """
        asset_id,package,advisory,cves,released_at,applied_at,method
        a-1,openssl,U-1,CVE-2026-0001,2026-07-01T00:00:00Z,,package
        stray.example,openssl,U-1,CVE-2026-0001,2026-07-01T00:00:00Z,,package

        """,
      ]
      for (name, text) in files {
        let file = folder.appending(path: name)
        try FileManager.default.createDirectory(
          at: file.deletingLastPathComponent(), withIntermediateDirectories: true)
        try text.write(to: file, atomically: true, encoding: .utf8)
      }
      _ = try Program.run(vouch, ["collect", "--quiet"], in: folder)
      let run = try Program.run(vouch, ["check"], in: folder)
      #expect(run.out.contains("2  missing for the patch tool, never seen by a scan"), "\(run.out)")
      #expect(run.out.contains("1 unknown to the patch tools: a-2"), "\(run.out)")
      #expect(!run.out.contains("reached by no scan"), "no scan was collected")
    }
  }
}
