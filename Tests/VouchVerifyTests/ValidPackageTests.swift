import Foundation
import Testing
import VouchModel
import VouchVerify

struct ValidPackageTests {
  @Test func findsNothingInAnUntouchedFolder() throws {
    let result = try Sample().verify()
    #expect(result.isValid, "\(result.table)")
    #expect(result.package == Sample.name)
    #expect(result.form == .folder)
  }

  @Test func findsNothingInAPackageInAnotherLanguage() throws {
    let sample = try Sample()
    try sample.translate()
    try sample.seal()
    let result = try sample.verify()
    #expect(result.isValid, "\(result.table)")
  }

  @Test func findsNothingInAnUntouchedZip() throws {
    let result = try Sample().verifyZip()
    #expect(result.isValid, "\(result.table)")
    #expect(result.package == Sample.name)
    #expect(result.form == .zip)
  }
}
