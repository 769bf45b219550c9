import Foundation

/// Material that is not part of the repository: NIST's schemas and the checked examples.
enum Shared {
  /// The folder, from VOUCH_SHARED or beside the repository; nil when it is not there.
  static let root: URL? = {
    let named = ProcessInfo.processInfo.environment["VOUCH_SHARED"].map { URL(filePath: $0) }
    let root = named ?? Sample.root.deletingLastPathComponent().appending(path: "shared")
    return FileManager.default.fileExists(atPath: root.path) ? root : nil
  }()

  static var schemas: URL? { root?.appending(path: "schemas/oscal/1.2.3") }
  static var examples: URL? { root?.appending(path: "formats/oscal-examples") }

  /// Says what a test does not see; called where the material is missing.
  static func skip(_ what: String, cases: Int) {
    print("skipped \(cases) cases: no \(what), set VOUCH_SHARED")
  }
}
