/// Writes XML element by element, for lists that are too long for a template.
///
/// A template renders a document as one string and costs some microseconds a value: ten thousand
/// observations would take a second and their size in memory several times over. Here they
/// stream, and every string passes ``XMLText``.
final class XMLWriter {
  private let sink: any ByteSink
  private var buffer: [UInt8] = []
  private var open: [StaticString] = []
  private var isTagOpen = false
  private var hasText = false
  private let indentation: Int
  /// Characters that XML does not allow and that were replaced.
  private(set) var replaced = 0

  /// - Parameter indentation: how many levels the elements stand below the root.
  init(_ sink: any ByteSink, indentation: Int = 0) {
    self.sink = sink
    self.indentation = indentation
    buffer.reserveCapacity(1 << 17)
  }

  func declaration() { raw("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n") }

  /// An element with children.
  func element(_ name: StaticString, _ body: () throws -> Void) throws {
    start(name)
    try body()
    end()
    try flushIfLarge()
  }

  /// An element with text and nothing else.
  func element(_ name: StaticString, text: String, as form: XMLText.Form = .text) {
    start(name)
    self.text(text, as: form)
    end()
  }

  /// An element with attributes and nothing else.
  func element(_ name: StaticString, _ attributes: KeyValuePairs<StaticString, String>) {
    start(name)
    for (name, value) in attributes { attribute(name, value) }
    end()
  }

  func start(_ name: StaticString) {
    closeTag()
    newLine()
    buffer.append(UInt8(ascii: "<"))
    raw(name)
    open.append(name)
    isTagOpen = true
    hasText = false
  }

  func end() {
    guard let name = open.popLast() else { preconditionFailure("no element is open") }
    if isTagOpen {
      raw("/>")
    } else {
      if !hasText { newLine() }
      raw("</")
      raw(name)
      buffer.append(UInt8(ascii: ">"))
    }
    isTagOpen = false
    hasText = false
  }

  /// An attribute of the element that was started last.
  func attribute(_ name: StaticString, _ value: String, as form: XMLText.Form = .attribute) {
    precondition(isTagOpen, "attributes come before content")
    buffer.append(UInt8(ascii: " "))
    raw(name)
    raw("=\"")
    replaced += XMLText.append(value, as: form, to: &buffer)
    buffer.append(UInt8(ascii: "\""))
  }

  func attribute(_ name: StaticString, _ value: Int) { attribute(name, String(value)) }

  func text(_ text: String, as form: XMLText.Form = .text) {
    if text.isEmpty { return }
    closeTag()
    hasText = true
    replaced += XMLText.append(text, as: form, to: &buffer)
  }

  /// Hands everything over to the sink.
  func flush() throws {
    try sink.write(buffer)
    buffer.removeAll(keepingCapacity: true)
  }

  private func flushIfLarge() throws {
    if buffer.count >= 1 << 16 { try flush() }
  }

  private func closeTag() {
    if isTagOpen { buffer.append(UInt8(ascii: ">")) }
    isTagOpen = false
  }

  private func newLine() {
    if buffer.last != UInt8(ascii: "\n") || !open.isEmpty || indentation > 0 {
      buffer.append(UInt8(ascii: "\n"))
    }
    buffer.append(contentsOf: Self.spaces[..<(2 * (open.count + indentation))])
  }

  private static let spaces = [UInt8](repeating: UInt8(ascii: " "), count: 64)

  private func raw(_ text: StaticString) {
    buffer.append(
      contentsOf: UnsafeBufferPointer(start: text.utf8Start, count: text.utf8CodeUnitCount))
  }
}
