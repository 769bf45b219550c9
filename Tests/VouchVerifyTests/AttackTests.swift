import Foundation
import Testing
import VouchVerify

/// Every change is found, named, and nothing else is: in the folder and in its zip alike.
@Suite struct AttackTests {
  static let all = BagAttacks.all + CustodyAttacks.all + ContentAttacks.all + XMLAttacks.all

  private func options(for tamper: Tamper) throws -> VerifyOptions {
    var options = Sample.options
    try tamper.options(&options)
    return options
  }

  @Test(arguments: all) func findsIt(_ tamper: Tamper) throws {
    let sample = try tamper.sample()
    let options = try options(for: tamper)
    let folder = try sample.verify(options)
    tamper.expectFindings(of: folder)
    guard tamper.isForZip else { return }
    let zip = try sample.verifyZip(options)
    #expect(zip.findings == folder.findings, "\(zip.table)")
  }

  @Test func namesOfAttacksAreTheirOwn() {
    #expect(Set(Self.all.map(\.name)).count == Self.all.count)
    #expect(Self.all.count >= 60)
  }

  @Test func everyFindingIsInThePageOfMessages() throws {
    let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
      .deletingLastPathComponent().deletingLastPathComponent()
    let page = try String(contentsOf: root.appending(path: "docs/messages.md"), encoding: .utf8)
    let missing = Set(Self.all.flatMap(\.findings.keys)).filter { !page.contains("\n| `\($0)` |") }
    #expect(missing.sorted() == [], "run 'make generated'; .ci/messages gathers them")
  }
}
