import Foundation
import Testing
import Vouch
import VouchModel
import VouchVerify

/// What one half of the program writes, the other half, which shares no code with it, accepts.
@Suite struct VerifiedBundleTests {
  /// The package of a made-up company, in a folder that is gone after the test.
  private func withPackage(_ body: (_ folder: String, _ zip: String) throws -> Void) throws {
    let root = NSTemporaryDirectory() + "vouch-bundle-" + UUID().uuidString
    defer { try? FileManager.default.removeItem(atPath: root) }
    _ = try Workspace.demo(root, hosts: 12)
    let workspace = try Workspace(path: root)
    let period = try workspace.period(nil)
    let receipt = try workspace.bundle(period: period, asOf: nil).receipt
    try body(receipt.folder, receipt.archive)
  }

  @Test func aBundledPackageIsValidAsFolderAndAsZip() throws {
    try withPackage { folder, zip in
      let asFolder = try PackageVerifier.verify(folder)
      #expect(asFolder.isValid, "\(asFolder.table)")
      let asZip = try PackageVerifier.verify(zip)
      #expect(asZip.isValid, "\(asZip.table)")
      // Only what was not given is skipped: signature and time stamp.
      let skipped = asZip.checks.filter { if case .skipped = $0.outcome { true } else { false } }
      #expect(skipped.map(\.id) == ["signature", "timestamp"])
    }
  }

  @Test func oneChangedByteOfABundledPackageIsNamed() throws {
    try withPackage { folder, _ in
      let path = "\(folder)/data/reperform/controls.sql"
      var bytes = try Data(contentsOf: URL(filePath: path))
      bytes[bytes.count / 2] ^= 1
      try bytes.write(to: URL(filePath: path))
      let result = try PackageVerifier.verify(folder)
      #expect(result.findings.map(\.id) == ["manifest.changed"], "\(result.table)")
      #expect(result.findings.map(\.file) == ["data/reperform/controls.sql"])
    }
  }
}
