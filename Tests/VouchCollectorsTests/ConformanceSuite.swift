import Foundation

/// The W3C's XML conformance suite (https://www.w3.org/XML/Test/), by its own catalogues. It is
/// not part of the repository: `make peer-deps` puts it into `.build/xmlconf`, and `VOUCH_XMLCONF`
/// names it elsewhere.
struct ConformanceSuite {
  /// One document and what the suite says of it.
  struct Document {
    /// Below the suite's folder.
    let name: String
    let url: URL
    /// `valid`, `invalid` (well-formed all the same), `not-wf`, or `error`.
    let type: String
    /// Whether the fault is in the document itself: not in a file that it names, which nobody has
    /// to load, and by the rules of XML 1.0.
    let isItsOwn: Bool
  }

  let documents: [Document]

  /// Nil, with a word, where the suite is not there.
  init?() {
    let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
      .deletingLastPathComponent().deletingLastPathComponent()
    let named = ProcessInfo.processInfo.environment["VOUCH_XMLCONF"]
    let folder = named.map { URL(fileURLWithPath: $0) } ?? root.appending(path: ".build/xmlconf")
    let catalogues =
      ((try? FileManager.default.subpathsOfDirectory(atPath: folder.path)) ?? []).sorted()
      .filter { $0.hasSuffix(".xml") && $0.contains("/") }
    documents = catalogues.flatMap { Self.documents(of: $0, in: folder) }
    if documents.isEmpty {
      print("skipped: about 3,000 documents of the W3C's suite, which 'make peer-deps' fetches")
      return nil
    }
  }

  /// The tests that a file lists; none if it is a document and no catalogue.
  private static func documents(of catalogue: String, in folder: URL) -> [Document] {
    let url = folder.appending(path: catalogue)
    guard let text = try? String(contentsOf: url, encoding: .utf8), text.contains("<TESTCASES")
    else { return [] }
    return text.matches(of: /<TEST\s([^>]*)>/).compactMap { test in
      var said: [String: String] = [:]
      for pair in test.1.matches(of: /([A-Z]+)\s*=\s*(?:"([^"]*)"|'([^']*)')/) {
        said["\(pair.1)"] = "\(pair.2 ?? pair.3 ?? "")"
      }
      guard let type = said["TYPE"], let place = said["URI"] else { return nil }
      let base = (catalogue as NSString).deletingLastPathComponent
      return Document(
        name: "\(base)/\(place)", url: folder.appending(path: "\(base)/\(place)"), type: type,
        isItsOwn: ["", "none"].contains(said["ENTITIES"] ?? "")
          && (said["VERSION"] ?? "1.0") == "1.0"
          && ["", "XML1.0"].contains(said["RECOMMENDATION"]?.prefix(6) ?? ""))
    }
  }
}
