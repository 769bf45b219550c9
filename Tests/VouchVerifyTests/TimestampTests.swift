import Foundation
import Testing
import VouchModel
import VouchTestSupport

@testable import VouchVerify

/// Time stamps by a made-up authority of our own.
@Suite struct TimestampTests {
  private func options(_ authority: StampingAuthority) -> VerifyOptions {
    var options = Sample.options
    options.authority = authority.root
    return options
  }

  private func stamped() throws -> (Sample, StampingAuthority) {
    let sample = try Sample()
    let authority = try StampingAuthority.shared.get()
    try authority.stamp(sample.place("tagmanifest-sha256.txt.sig"))
    return (sample, authority)
  }

  @Test func acceptsTheStampOfTheGivenAuthority() throws {
    let (sample, authority) = try stamped()
    for result in [
      try sample.verify(options(authority)), try sample.verifyZip(options(authority)),
    ] {
      #expect(result.isValid, "\(result.table)")
      #expect(result.check("timestamp")?.outcome == .ok)
    }
  }

  @Test(arguments: [("2019-06-01", true), ("2021-06-01", false)])
  func takesTheStampsTimeForTheValidityOfTheKey(date: String, isValid: Bool) throws {
    let sample = try Sample()
    var options = VerifyOptions()
    options.signers = try Sample.keys.expired
    let context = Context(try FolderPackage(sample.root), facts: [:], options: options)
    let time = try #require(WrittenTime(iso: date)).local
    let check = SignatureCheck.run(context, time: time)
    #expect(check.findings.map(\.id) == (isValid ? [] : ["signature.expired"]))
    withExtendedLifetime(sample) {}
  }

  @Test func saysThatAStampWasNotChecked() throws {
    let (sample, _) = try stamped()
    let result = try sample.verify()
    #expect(result.isValid)
    #expect(
      result.check("timestamp")?.outcome
        == .skipped("present, not checked: no certificate of a time-stamping authority was given"))
  }

  @Test func findsTheStampOfAnotherSignature() throws {
    let (sample, authority) = try stamped()
    try sample.write("data/reperform/README.txt", "changed\n")
    let stamp = try sample.bytes("tagmanifest-sha256.txt.sig.tsr")
    try sample.seal()
    try sample.write("tagmanifest-sha256.txt.sig.tsr", stamp)
    let result = try sample.verify(options(authority))
    #expect(result.findings.map(\.id) == ["timestamp.other"], "\(result.table)")
  }

  @Test func findsTheStampOfAnotherAuthority() throws {
    let (sample, _) = try stamped()
    let result = try sample.verify(options(try StampingAuthority.stranger.get()))
    #expect(result.findings.map(\.id) == ["timestamp.untrusted"], "\(result.table)")
  }

  @Test func findsAStampThatIsNone() throws {
    let (sample, authority) = try stamped()
    try sample.write("tagmanifest-sha256.txt.sig.tsr", "noon")
    let result = try sample.verify(options(authority))
    #expect(result.findings.map(\.id) == ["timestamp.malformed"], "\(result.table)")
  }

  @Test func findsAStampOlderThanTheEvidence() throws {
    let sample = try Sample()
    let authority = try StampingAuthority.shared.get()
    let lines = try sample.ledger().map { $0.replacingOccurrences(of: "2026-09", with: "2999-09") }
    try sample.chain(lines)
    try sample.seal()
    try authority.stamp(sample.place("tagmanifest-sha256.txt.sig"))
    let result = try sample.verify(options(authority))
    #expect(result.findings.map(\.id) == ["timestamp.early"], "\(result.table)")
  }
}
