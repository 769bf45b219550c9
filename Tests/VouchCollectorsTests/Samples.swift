import Foundation
import VouchCollectors
import VouchModel

/// Real exports that are not part of the repository. Tests that need them print how many cases
/// they skipped when there are none.
enum Samples {
  /// `VOUCH_SHARED`, else `shared` beside the package; nil when neither is there.
  static let root: URL? = {
    let environment = ProcessInfo.processInfo.environment["VOUCH_SHARED"]
    let folder =
      environment.map { URL(fileURLWithPath: $0) }
      ?? URL(fileURLWithPath: #filePath)
      .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
      .deletingLastPathComponent().appending(path: "shared")
    let samples = folder.appending(path: "samples")
    return FileManager.default.fileExists(atPath: samples.path) ? samples : nil
  }()

  /// One sample as evidence, `nessus/was-many.xml`; nil (and a line in the log) when it is not there.
  static func item(
    _ path: String, zone: String? = nil, format: String? = nil, options: [String: String] = [:]
  ) -> EvidenceItem? {
    guard let root, let bytes = try? Data(contentsOf: root.appending(path: path)) else {
      print("skipped 1 case: the sample \(path) is not there")
      return nil
    }
    let name = path.split(separator: "/").last.map(String.init) ?? path
    return .made(bytes, name: name, zone: zone, format: format, options: options)
  }
}
