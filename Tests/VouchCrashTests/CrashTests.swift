import Foundation
import Testing
import VouchModel

/// `vouch` is killed, or finds the disk full, broken or read-only, at any of its calls that change
/// a file. Whatever the moment: nothing reported is lost, no half package, and the next run ends
/// with the bytes of an undisturbed one.
///
/// A few seconds by default; `VOUCH_CRASH_SECONDS=600 swift test --filter VouchCrashTests` goes on
/// longer, `VOUCH_CRASH_SEED` chooses other points, `VOUCH_PROGRAM` another build, and what went
/// wrong is left in the folder `VOUCH_CRASH_KEEP`.
@Suite struct CrashTests {
  @Test func aBrokenCollectLosesNothingAndTheNextOneCompletesIt() throws {
    guard Program.faults != nil else { return }
    let workspace = try CrashWorkspace()
    try workspace.keep()
    #expect(try workspace.vouch(["collect"]).status == 1, "large.bin is no table")
    let reference = (workspace.ledger, workspace.files(below: "evidence/objects"))
    #expect(try workspace.vouch(["bundle", "--quiet"]).status == 1)
    let package = workspace.files(below: "output")
    try workspace.restore()
    let points = try Fault.count(["collect"], in: workspace.path)
    #expect(points > 100)

    var dice = Dice("collect")
    var broken = 0
    let budget = Budget()
    while budget.isLeft {
      try workspace.restore()
      let fault = Fault.allCases[dice.next(below: Fault.allCases.count)]
      // Every second one in the first part, where evidence is preserved.
      let point = 1 + dice.next(below: broken.isMultiple(of: 2) ? min(120, points) : points)
      let name = "\(fault) at call \(point)"
      let result = try workspace.vouch(
        ["collect"], environment: try fault.environment(at: point, below: workspace.path))
      expectOrderlyEnd(result, fault, name)
      #expect(workspace.faultsOfEvidence() == [], "\(name)")

      let next = try workspace.vouch(["collect", "--quiet"])
      #expect([0, 1].contains(next.status), "after \(name): \(next.errors)")
      #expect(workspace.ledger == reference.0, "ledger after \(name)")
      #expect(
        unlike(workspace.files(below: "evidence/objects"), reference.1) == [],
        "objects after \(name)")
      #expect(workspace.files(below: "evidence/incoming") == [:], "leftovers after \(name)")
      if broken.isMultiple(of: 6) {
        #expect(try workspace.vouch(["bundle", "--quiet"]).status == 1)
        #expect(unlike(workspace.files(below: "output"), package) == [], "package after \(name)")
      }
      broken += 1
    }
    print("collect was broken \(broken) times; an undisturbed run has \(points) points")
  }

  @Test func aBrokenBundleLeavesTheOldPackageOrTheNewOne() throws {
    guard Program.faults != nil else { return }
    let workspace = try CrashWorkspace()
    #expect(try workspace.vouch(["collect"]).status == 1)
    // An older package of the same name, with other bytes.
    let older = ["bundle", "--quiet", "--as-of", "2026-09-01"]
    let newer = ["bundle", "--quiet"]
    #expect(try workspace.vouch(older).status == 1)
    let old = workspace.files(below: "output")
    try workspace.keep()
    let points = try Fault.count(newer, in: workspace.path)
    let new = workspace.files(below: "output")
    #expect(points > 500 && old != new && !new.isEmpty)

    var dice = Dice("bundle")
    var broken = 0
    let budget = Budget()
    while budget.isLeft {
      try workspace.restore()
      let fault = Fault.allCases[dice.next(below: Fault.allCases.count)]
      // Every second one near the end, where the package is put in place.
      let point =
        broken.isMultiple(of: 2) ? points - dice.next(below: 20) : 1 + dice.next(below: points)
      let name = "\(fault) at call \(point)"
      let result = try workspace.vouch(
        newer, environment: try fault.environment(at: point, below: workspace.path))
      expectOrderlyEnd(result, fault, name)
      expectWhole(workspace.files(below: "output"), old: old, new: new, name)
      #expect(workspace.faultsOfEvidence() == [], "\(name)")

      let next = try workspace.vouch(newer)
      #expect(next.status == 1, "after \(name): \(next.errors)")
      let strange = unlike(workspace.files(below: "output"), new)
      #expect(strange == [], "package after \(name)")
      let scratch = workspace.files(below: ".vouch").keys.filter {
        $0.hasPrefix("populations-") || $0.hasPrefix("package-")
      }
      #expect(scratch == [], "leftovers after \(name)")
      if !strange.isEmpty { try workspace.show("after-\(broken)") }
      broken += 1
    }
    print("bundle was broken \(broken) times; an undisturbed run has \(points) points")
  }

  /// Draft and approved page are put in place whole, or stay as they were.
  @Test func aBrokenPublishLeavesTheOldPageOrTheNewOne() throws {
    guard Program.faults != nil else { return }
    let workspace = try CrashWorkspace()
    #expect(try workspace.vouch(["collect"]).status == 1)
    #expect(try workspace.vouch(["bundle", "--quiet"]).status == 1)
    let draft = ["publish", "--quiet"]
    let approve = ["publish", "--quiet", "--approve", "--by", "Maria Example, CISO"]
    let drafted = try workspace.vouch(draft)
    try #require(drafted.status == 0, "\(drafted.errors)")
    try workspace.keep()
    let points = try Fault.count(approve, in: workspace.path)
    #expect(points > 5)
    let page = workspace.files(below: "output/public")
    #expect(!page.isEmpty)

    var dice = Dice("publish")
    var broken = 0
    let budget = Budget()
    while budget.isLeft {
      try workspace.restore()
      let fault = Fault.allCases[dice.next(below: Fault.allCases.count)]
      let point = 1 + dice.next(below: points)
      let name = "\(fault) at call \(point)"
      let result = try workspace.vouch(
        approve, environment: try fault.environment(at: point, below: workspace.path))
      expectOrderlyEnd(result, fault, name)
      let found = workspace.files(below: "output/public")
      #expect(found.isEmpty || unlike(found, page) == [], "\(name): half a page")
      let next = try workspace.vouch(approve)
      #expect(next.status == 0, "after \(name): \(next.errors)")
      #expect(unlike(workspace.files(below: "output/public"), page) == [], "after \(name)")
      broken += 1
    }
    print("publish was broken \(broken) times; an undisturbed run has \(points) points")
  }

  /// Kills at moments instead of calls: between two of them, inside the kernel, in libraries.
  @Test func aKillAtAnyMomentLosesNothing() throws {
    let workspace = try CrashWorkspace()
    try workspace.keep()
    let began = Date()
    #expect(try workspace.vouch(["collect"]).status == 1)
    let length = Date().timeIntervalSince(began)
    let reference = workspace.ledger
    var dice = Dice("kill")
    var broken = 0
    let budget = Budget()
    while budget.isLeft {
      try workspace.restore()
      let moment = length * Double(dice.next(below: 1000)) / 1000
      _ = try workspace.vouch(["collect"], killAfter: moment)
      #expect(workspace.faultsOfEvidence() == [], "killed after \(moment) s")
      // 1 while something is still to be read; 0 when the killed run came to its very end.
      let next = try workspace.vouch(["collect", "--quiet"])
      #expect([0, 1].contains(next.status), "\(next.errors)")
      #expect(workspace.ledger == reference, "killed after \(moment) s")
      broken += 1
    }
    print("collect was killed \(broken) times")
  }

  /// Killed, or ended with a status and a message of the contract; never by a trap.
  private func expectOrderlyEnd(_ result: Program.Result, _ fault: Fault, _ name: String) {
    if result.status == -SIGKILL { return }
    #expect(result.status >= 0, "\(name): ended by signal \(-result.status)\n\(result.errors)")
    #expect(
      [0, 1, 74].contains(result.status), "\(name): status \(result.status)\n\(result.errors)")
    if result.status == 74 {
      #expect(result.errors.contains("error: "), "\(name): \(result.errors)")
      #expect(result.errors.contains(/\[[a-z]+\.[a-z-]+\]/), "\(name): \(result.errors)")
    }
  }

  private func expectWhole(
    _ found: [String: Digest], old: [String: Digest], new: [String: Digest], _ name: String
  ) {
    for isZip in [false, true] {
      func part(_ all: [String: Digest]) -> [String: Digest] {
        all.filter { !$0.key.hasPrefix(".") && $0.key.hasSuffix(".zip") == isZip }
      }
      let strange = [old, new].map { unlike(part(found), part($0)) }
      #expect(
        strange.contains([]),
        "\(name): \(isZip ? "the zip" : "the folder") is neither the old package nor the new one")
    }
  }

  /// Names of files that are not the same in both.
  private func unlike(_ a: [String: Digest], _ b: [String: Digest]) -> [String] {
    Set(a.keys).union(b.keys).filter { a[$0] != b[$0] }.sorted()
  }
}
