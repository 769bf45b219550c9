import Foundation
import Testing
import VouchCollectors
import VouchModel

/// No real export is forgotten: each is claimed by exactly one collector, and what it gives is held
/// by the tests of its family.
@Suite struct EverySampleTests {
  /// Exports that nothing claims by their content, and why.
  private static let unclaimed: [String: String] = [:]

  private static let paths: [String] = {
    guard let root = Samples.root else { return [] }
    let files = FileManager.default.enumerator(atPath: root.resolvingSymlinksInPath().path)
    return (files?.compactMap { $0 as? String } ?? []).filter { path in
      // The examples of OSCAL are for the package, and no evidence.
      let isFile =
        (try? FileManager.default.attributesOfItem(atPath: root.appending(path: path).path))?[
          .type] as? FileAttributeType == .typeRegular
      return isFile && path.contains("/") && !path.hasPrefix("oscal/")
    }.sorted()
  }()

  @Test func eachIsClaimedByExactlyOneCollector() throws {
    if Self.paths.isEmpty { print("skipped: the real exports are not there") }
    for path in Self.paths {
      let item = try #require(Samples.item(path))
      let head = Head(raw: try item.head(), name: item.provenance.name)
      let formats = Collectors.all.filter { $0.recognises(head) }.map { $0.format }
      if let reason = Self.unclaimed[path] {
        #expect(formats == [], "\(path): \(reason)")
      } else {
        #expect(formats.count == 1, "\(path) is claimed by \(formats)")
      }
    }
  }

  /// Its name stands in a test or a golden file: counts, first and last keys, diagnostics.
  @Test func eachIsExpectedByTheTestsOfItsFamily() throws {
    let tests = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
    let golden = tests.deletingLastPathComponent().appending(path: "Fixtures/samples")
    let files = try [tests, golden].flatMap { folder in
      try FileManager.default.contentsOfDirectory(at: folder, includingPropertiesForKeys: nil)
    }.filter { file in
      let name = file.lastPathComponent
      return name.hasSuffix(".txt")
        || name.hasSuffix("SamplesTests.swift") || name.hasSuffix("SampleReadings.swift")
    }
    let text = try files.map { try String(contentsOf: $0, encoding: .utf8) }.joined()
    for path in Self.paths {
      let name = path.split(separator: "/").last.map(String.init) ?? path
      #expect(text.contains(name), "no test says what \(path) gives")
    }
  }
}
