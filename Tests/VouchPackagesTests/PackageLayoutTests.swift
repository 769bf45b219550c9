import Testing
import VouchModel

@testable import VouchPackages

@Suite struct PackageLayoutTests {
  @Test func namesPackageByOrganisationAndPeriod() {
    #expect(PackageLayout.name(of: Sample.assessment) == "example-shop-soc2-2026-Q3")
  }

  @Test(arguments: [
    ("scan 1.nessus", "scan_1.nessus"), ("..hidden", "_.hidden"), ("", "_"),
    ("übersicht [1].json", "_bersicht__1_.json"),
    ("a/../b", "a_.._b"), (String(repeating: "x", count: 99), String(repeating: "x", count: 80)),
  ])
  func makesNamesThatEveryFileSystemTakes(name: String, safe: String) {
    #expect(PackageLayout.safe(name) == safe)
  }

  @Test func givesEachEvidenceFileAPathOfItsOwn() {
    let paths = Sample.evidence.map(PackageLayout.evidence)
    #expect(Set(paths).count == paths.count)
    #expect(paths[2].hasSuffix("-_._bersicht__1_.json"))
    #expect(paths.allSatisfy { $0.utf8.allSatisfy { $0 > 0x20 && $0 < 0x7F } })
  }
}
