import Foundation
import VouchModel
import VouchPackages

/// The templates in force: the workspace's own files in front of the built-in ones.
public struct Templates: Sendable {
  /// Name below `templates/`, and text.
  public let files: [String: String]
  /// Names of files that the workspace brings or overrides, and that differ from the built-in ones.
  public let own: [String]

  /// Reads the workspace's `templates/`; what it lacks comes from the program.
  public init(workspace: String) throws {
    var files = Self.builtIn
    var own: [String] = []
    let root = workspace + "/templates"
    if let enumerator = FileManager.default.enumerator(atPath: root) {
      for case let name as String in enumerator {
        let last = (name as NSString).lastPathComponent
        guard !last.hasPrefix("."), Self.isText(last) else { continue }
        guard let data = FileManager.default.contents(atPath: "\(root)/\(name)") else { continue }
        let text = String(decoding: data, as: UTF8.self)
        if files[name] != text {
          files[name] = text
          own.append(name)
        }
      }
    }
    self.files = files
    self.own = own.sorted()
  }

  /// Templates from name and text, for packages that carry their own.
  public init(files: [String: String]) {
    self.files = files
    own = []
  }

  private static func isText(_ name: String) -> Bool {
    [".yaml", ".yml", ".mustache", ".css", ".xsd", ".sql", ".txt", ".md", ".svg", ".json"]
      .contains { name.hasSuffix($0) }
  }

  public subscript(_ name: String) -> String? { files[name] }

  /// Name and text of the files below a folder, sorted by name.
  public func below(_ folder: String) -> [(name: String, text: String)] {
    files.filter { $0.key.hasPrefix(folder) }.map { ($0.key, $0.value) }.sorted { $0.0 < $1.0 }
  }

  /// SHA-256 over everything that decides verdicts: controls, criteria, parameters, KPIs.
  public var rulesDigest: Digest {
    let rules = files.filter {
      $0.key.hasPrefix("controls/") || $0.key.hasPrefix("kpis/") || $0.key == "criteria.yaml"
        || $0.key == "parameters.yaml"
    }
    return .sha256(
      rules.sorted { $0.key < $1.key }.map { "\(Digest.sha256($0.value))  \($0.key)\n" }.joined())
  }

  /// What the program was built with.
  public static let builtIn: [String: String] = {
    let text = BuiltInTemplates.text.withUTF8Buffer { String(decoding: $0, as: UTF8.self) }
    var files: [String: String] = [:]
    for entry in text.split(separator: "\u{2}") {
      let parts = entry.split(separator: "\u{1}", maxSplits: 1, omittingEmptySubsequences: false)
      if parts.count == 2 { files[String(parts[0])] = String(parts[1]) }
    }
    return files
  }()
}

extension Templates: TemplateSource {
  /// A file by its path in the workspace: `templates/packages/soc2/index.html.mustache`.
  public func template(_ path: String) -> TemplateFile? {
    let name = path.hasPrefix("templates/") ? String(path.dropFirst("templates/".count)) : path
    return files[name].map { TemplateFile(path: path, text: $0, isOwn: own.contains(name)) }
  }
}
