import Mustache
import VouchModel

/// The XML templates in force, `templates/packages/soc2/xml/*.mustache`.
///
/// Values come cleaned and escaped (``XMLText``), so templates name them in three braces.
struct XMLTemplates {
  static let folder = "templates/packages/soc2/xml/"
  private let library: MustacheLibrary

  init(_ files: [PackageFile]) throws {
    var library = MustacheLibrary()
    for file in files where file.path.hasPrefix(Self.folder) && file.path.hasSuffix(".mustache") {
      let name = file.path.dropFirst(Self.folder.count).dropLast(".mustache".count)
      do {
        try library.register(String(decoding: file.bytes, as: UTF8.self), named: String(name))
      } catch let error as MustacheTemplate.ParserError {
        throw Self.refusal(
          "\(file.path):\(error.context.lineNumber)", "no Mustache template: \(error.error)")
      }
    }
    self.library = library
  }

  /// Renders a document, `assessment-plan.xml`.
  func render(_ name: String, _ values: [String: Any]) throws -> String {
    guard let text = library.render(values, withTemplate: name) else {
      throw Self.refusal("\(Self.folder)\(name).mustache", "there is no such template")
    }
    return text
  }

  /// Renders a document in pieces, cut where it names the lists; these are written in between.
  func render(
    _ name: String, _ values: [String: Any], lists: [(name: String, write: () throws -> Void)],
    to sink: any ByteSink
  ) throws {
    // U+0001 cannot be in a cleaned value, so it marks the places safely.
    var values = values
    for (index, list) in lists.enumerated() { values[list.name] = "\u{1}\(index)\u{1}" }
    let pieces = try render(name, values).split(
      separator: "\u{1}", omittingEmptySubsequences: false)
    let order = pieces.enumerated().filter { $0.offset % 2 == 1 }.map(\.element)
    guard order.sorted() == lists.indices.map({ Substring(String($0)) }).sorted() else {
      throw Self.refusal(
        "\(Self.folder)\(name).mustache",
        "each of \(lists.map { "{{{\($0.name)}}}" }.joined(separator: ", ")) has to stand once")
    }
    for (index, piece) in pieces.enumerated() {
      if index % 2 == 0 {
        try sink.write(String(piece))
      } else if let list = Int(piece) {
        try lists[list].write()
      }
    }
  }

  private static func refusal(_ at: String, _ text: String) -> Refusal {
    Refusal(
      .data,
      Diagnostic(
        "package.template", .error, at: at, text,
        why: "the package cannot be written without it",
        fix: "mend the template, or remove it from the workspace so that the built-in one counts"))
  }
}
