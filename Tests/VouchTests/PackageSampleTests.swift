import Foundation
import Testing
import Vouch
import VouchModel
import VouchVerify

/// The auditor's draw from a package, whose population was fixed before the seed was named.
// One after the other: the cases share a workspace, which one command at a time may use.
@Suite(.serialized) struct PackageSampleTests {
  private static let made = Result {
    let demo = try DemoWorkspace()
    return (demo, try demo.bundle())
  }

  @Test(arguments: ["AST-01", "CHG-01", "HST-01"])
  func drawsTheSameFromWorkspaceFolderAndZip(control: String) throws {
    let (demo, bundled) = try Self.made.get()
    let workspace = try Workspace(path: demo.path)
    let own = try workspace.sample(
      control, size: 5, seed: "2026Q3 Example CPAs", period: workspace.configuration.period,
      asOf: nil)
    #expect(own.population > 0)
    for path in [bundled.receipt.folder, bundled.receipt.archive] {
      let packaged = try Workspace.sample(
        control, package: path, size: 5, seed: "2026Q3 Example CPAs")
      #expect(packaged.drawn.map(\.key) == own.drawn.map(\.key))
      #expect(packaged.digest == own.digest)
    }
  }

  @Test func theDigestStandsOnThePageAndCanBeWorkedOutWithStandardTools() throws {
    let (_, bundled) = try Self.made.get()
    let digest = try Workspace.sample(
      "AST-01", package: bundled.receipt.folder, size: 1, seed: "x"
    ).digest.hex
    let page = try String(
      contentsOfFile: bundled.receipt.folder + "/data/controls/AST-01.html", encoding: .utf8)
    #expect(page.contains(digest))
    let csv = bundled.receipt.folder + "/data/workpapers/populations/AST-01.csv"
    let answer = try MachineTool.run([
      "sh", "-c", "tail -n +2 \"$1\" | cut -d, -f1 | LC_ALL=C sort | sha256sum", "sh", csv,
    ])
    #expect(answer.output.hasPrefix(digest))
  }

  @Test func aPopulationThatWasExchangedIsNotDrawnFrom() throws {
    let demo = try DemoWorkspace()
    let folder = try demo.bundle().receipt.folder
    let csv = folder + "/data/workpapers/populations/AST-01.csv"
    let lines = try String(contentsOfFile: csv, encoding: .utf8).components(separatedBy: "\r\n")
    try (lines[0..<1] + lines[2...]).joined(separator: "\r\n")
      .write(toFile: csv, atomically: true, encoding: .utf8)
    #expect {
      try Workspace.sample("AST-01", package: folder, size: 3, seed: "x")
    } throws: {
      ($0 as? Refusal)?.diagnostics.map(\.id) == ["sample.population"]
    }
    let found = try PackageVerifier.verify(folder).findings.map(\.id)
    #expect(found.contains("package.population-digest"), "\(found)")
    #expect(found.contains("workpapers.population-digest"), "\(found)")
  }

  @Test func aControlThatThePackageDoesNotHaveIsNamed() throws {
    let (_, bundled) = try Self.made.get()
    #expect {
      try Workspace.sample("NO-99", package: bundled.receipt.archive, size: 3, seed: "x")
    } throws: {
      ($0 as? Refusal)?.diagnostics.map(\.id) == ["sample.no-population"]
    }
  }
}
