import Foundation
import Testing
import VouchModel
import VouchPackages

@testable import Vouch

/// The public page of the made-up company, from its package to what is online.
@Suite(.serialized) struct PublishingTests {
  private static let now = Instant(year: 2026, month: 11, day: 24, hour: 12)

  /// A workspace of the made-up company with its package, made once for all tests.
  private static let made = Result { () throws -> String in
    let root = NSTemporaryDirectory() + "vouch-publish-\(getpid())"
    try? FileManager.default.removeItem(atPath: root)
    _ = try Workspace.demo(root, hosts: 12)
    let workspace = try Workspace(path: root)
    _ = try workspace.bundle(period: try workspace.period(nil), asOf: nil)
    atexit {
      try? FileManager.default.removeItem(
        atPath: NSTemporaryDirectory() + "vouch-publish-\(getpid())")
    }
    return root
  }

  private func workspace(_ change: (String) -> String = { $0 }) throws -> Workspace {
    let root = try Self.made.get()
    let text = try String(contentsOfFile: root + "/vouch.yaml", encoding: .utf8)
    return try Workspace(
      path: root, configuration: change(text), templates: Templates(workspace: root))
  }

  private static func draft(_ workspace: Workspace) throws -> PublicDraft {
    try workspace.draftPublication(
      package: nil, period: workspace.configuration.period, now: Self.now,
      output: workspace.outputFolder)
  }

  /// The page as the made-up company would publish it, made once.
  private func standard() throws -> PublicDraft { try Self.page.get() }
  private static let page = Result { () throws -> PublicDraft in
    try draft(try Workspace(path: try made.get()))
  }

  /// A folder to write to, gone after the test.
  private func withOutput(_ body: (String) throws -> Void) throws {
    let output = NSTemporaryDirectory() + "vouch-public-\(UUID().uuidString)"
    defer { try? FileManager.default.removeItem(atPath: output) }
    try body(output)
  }

  private func refusal(_ body: () throws -> Void) -> Refusal? {
    do {
      try body()
      return nil
    } catch {
      return error as? Refusal
    }
  }

  @Test func thePageOfTheMadeUpCompanyPassesAndIsTheSameFromFolderAndZip() throws {
    let page = try standard()
    #expect(page.summary.services.map(\.name).contains("Ledger"))
    #expect(page.summary.validUntil == "2027-01-28")
    let workspace = try workspace()
    let zip = try workspace.draftPublication(
      package: "\(workspace.outputFolder)/northlight-ledger-soc2-2026-Q3.zip",
      period: workspace.configuration.period, now: Self.now, output: workspace.outputFolder)
    #expect(zip.files == page.files)
  }

  @Test func whatTheEvidenceNamesStopsInATextOfManagement() throws {
    let texts = ["We run app-01 with care.", "See srv-0003.", "Ask p-003."]
    let workspace = try workspace {
      $0.replacing(
        "    - Customers' data stays in Germany.",
        with: texts.map { "    - \($0)" }.joined(separator: "\n"))
    }
    let refusal = refusal { _ = try Self.draft(workspace) }
    #expect(refusal?.status == .data)
    #expect(refusal?.diagnostics.allSatisfy { $0.id == "publish.leak" } == true)
    let lines = Set(refusal?.diagnostics.map(\.at) ?? [])
    #expect(lines.count == texts.count && lines.allSatisfy { $0.hasPrefix("vouch.yaml:") })
  }

  @Test func aMisspeltKeyIsToldWithTheLikelyIntention() throws {
    let refusal = refusal {
      _ = try workspace { $0.replacing("  minimum_count: 5", with: "  minimum_cuont: 5") }
    }
    #expect(refusal?.diagnostics.first?.text.contains("did you mean 'minimum_count'?") == true)
    let range = self.refusal {
      _ = try workspace { $0.replacing("  minimum_count: 5", with: "  minimum_count: 1") }
    }
    #expect(range?.diagnostics.map(\.id) == ["config.range"])
    let http = self.refusal {
      _ = try workspace { $0.replacing("url: https://northlight", with: "url: http://northlight") }
    }
    #expect(http?.diagnostics.map(\.id) == ["config.address"])
  }

  @Test func withoutAPackageOrASectionThereIsNothingToPublish() throws {
    let workspace = try workspace()
    let none = refusal {
      _ = try workspace.draftPublication(
        package: nil, period: workspace.configuration.period, now: Self.now, output: "/nowhere")
    }
    #expect(none?.status == .noInput)
    let empty = try self.workspace {
      $0.replacing(#/(?m)^publishing:\n(?:  .*\n|\n)*/#, with: "")
    }
    #expect(
      refusal { _ = try Self.draft(empty) }?.diagnostics.map(\.id) == ["publish.not-configured"])
  }

  @Test func aPackageThatDoesNotVerifyIsNotPublished() throws {
    try withOutput { output in
      let workspace = try workspace()
      let name = "northlight-ledger-soc2-2026-Q3"
      try FileManager.default.createDirectory(atPath: output, withIntermediateDirectories: true)
      try FileManager.default.copyItem(
        atPath: "\(workspace.outputFolder)/\(name)", toPath: "\(output)/\(name)")
      let check = "\(output)/\(name)/data/check.json"
      let text = try String(contentsOfFile: check, encoding: .utf8)
      try text.replacing("\"fail\"", with: "\"pass\"").write(
        toFile: check, atomically: true, encoding: .utf8)
      let refusal = refusal {
        _ = try workspace.draftPublication(
          package: "\(output)/\(name)", period: workspace.configuration.period, now: Self.now,
          output: output)
      }
      #expect(refusal?.diagnostics.last?.id == "publish.not-valid")
    }
  }

  @Test func onlyWhatWasLookedAtIsApproved() throws {
    try withOutput { output in
      let workspace = try workspace()
      let page = try standard()
      let person = "Maria Example, Chief Security Officer"
      func approve(_ by: String = person) throws {
        _ = try workspace.approve(page, by: by, at: Self.now, output: output)
      }
      #expect(refusal { try approve() }?.status == .noInput)
      let folder = try workspace.write(page, output: output)
      #expect(
        refusal { try approve("Maria Example") }?.diagnostics.map(\.id) == ["publish.approver"])
      // One byte changed after somebody looked.
      let index = folder + "/index.html"
      let text = try String(contentsOfFile: index, encoding: .utf8)
      try text.replacing("Germany", with: "Norway").write(
        toFile: index, atomically: true, encoding: .utf8)
      #expect(refusal { try approve() }?.diagnostics.map(\.id) == ["publish.draft-changed"])
      _ = try workspace.write(page, output: output)
      try approve()
      let approval = try #require(workspace.approval(output: output))
      #expect(approval.approvedBy == person && approval.content == page.content)
      for file in page.files {
        #expect(
          FileManager.default.contents(atPath: "\(output)/public/\(file.path)") == Data(file.bytes))
      }
      // A page that changed is another content, which nobody has approved.
      let changed = page.files.map { file in
        PackageFile(
          path: file.path,
          text: String(decoding: file.bytes, as: UTF8.self).replacing("Germany", with: "Europe"))
      }
      let other = PublicDraft(
        files: changed, forms: [], summary: page.summary, content: Approval.digest(of: changed),
        notes: [])
      #expect(other.content != approval.content)
      #expect(
        refusal {
          _ = try workspace.approve(other, by: person, at: Self.now, output: output)
        }?.diagnostics.first?.id == "publish.draft-changed")
      // The next approval keeps the one before.
      try approve("Otto Example, Chief Executive")
      let next = try #require(workspace.approval(output: output))
      #expect(next.earlier.map(\.approvedBy) == [person])
      // What the folder holds names nobody.
      let names = try FileManager.default.contentsOfDirectory(atPath: output).sorted()
      #expect(names == ["forms", "public", "public-approval.json", "public-draft"])
    }
  }

  @Test func onlyTheNamedApproversMayApprove() throws {
    try withOutput { output in
      let workspace = try workspace {
        $0.replacing(
          "  minimum_count: 5", with: "  approver: [\"A. Example, CEO\"]\n  minimum_count: 5")
      }
      let page = try standard()
      _ = try workspace.write(page, output: output)
      #expect(
        refusal {
          _ = try workspace.approve(page, by: "B. Example, CTO", at: Self.now, output: output)
        }?.diagnostics.map(\.id) == ["publish.approver"])
      _ = try workspace.approve(page, by: "A. Example, CEO", at: Self.now, output: output)
    }
  }

  @Test func aFormThatSomebodyFilledInStaysAsItIs() throws {
    try withOutput { output in
      let workspace = try workspace()
      let page = try standard()
      _ = try workspace.write(page, output: output)
      let form = "\(output)/forms/bridge-letter-2026-Q3.html"
      try "filled in".write(toFile: form, atomically: true, encoding: .utf8)
      _ = try workspace.write(page, output: output)
      #expect(try String(contentsOfFile: form, encoding: .utf8) == "filled in")
    }
  }

  @Test func anExpiredPageIsNeitherApprovedNorCurrent() throws {
    try withOutput { output in
      let workspace = try workspace()
      let page = try standard()
      _ = try workspace.write(page, output: output)
      let late = Instant(year: 2027, month: 1, day: 29, hour: 1)
      #expect(
        refusal {
          _ = try workspace.approve(page, by: "A. Example, CEO", at: late, output: output)
        }?.diagnostics.map(\.id) == ["publish.expired"])
      _ = try workspace.approve(page, by: "A. Example, CEO", at: Self.now, output: output)
      func state(_ now: Instant, _ place: String = output + "/public") throws -> [String] {
        try workspace.checkPublished(place, now: { now }, output: output).problems.map(\.id)
      }
      #expect(try state(Self.now) == [])
      #expect(try state(Self.now, output + "/public/index.html") == [])
      // The last day counts in the organisation's own zone.
      #expect(try state(Instant(year: 2027, month: 1, day: 28, hour: 22)) == [])
      #expect(try state(Instant(year: 2027, month: 1, day: 28, hour: 23)) == ["published.expired"])
      #expect(
        refusal { _ = try state(Self.now, output + "/public/nothing") }?.status == .noInput)
      let index = output + "/public/index.html"
      let text = try String(contentsOfFile: index, encoding: .utf8)
      try (text + " ").write(toFile: index, atomically: true, encoding: .utf8)
      #expect(try state(Self.now) == ["published.changed"])
    }
  }
}
