import Foundation
import Testing
import VouchModel
import VouchVerify

struct ValidPackageTests {
  @Test func findsNothingInAnUntouchedFolder() async throws {
    let result = try await Sample().verify()
    #expect(result.isValid, "\(result.table)")
    #expect(result.package == Sample.name)
    #expect(result.form == .folder)
  }

  @Test func findsNothingInAnUntouchedZip() async throws {
    let result = try await Sample().verifyZip()
    #expect(result.isValid, "\(result.table)")
    #expect(result.package == Sample.name)
    #expect(result.form == .zip)
  }
}
