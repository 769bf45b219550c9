/// Elements that stand in many places of OSCAL.
extension XMLWriter {
  func included(_ control: String) {
    element("include-control", ["control-id": control])
  }

  func task(_ uuid: String) { element("related-task", ["task-uuid": uuid]) }

  /// A prop of our own namespace; left out when its value would be empty.
  func prop(_ name: String, _ value: String) {
    if value.isEmpty { return }
    start("prop")
    attribute("name", name)
    attribute("ns", OSCAL.namespace)
    attribute("value", value, as: .line)
    end()
  }

  /// Markup of paragraphs, one a line; never empty.
  func markup(_ name: StaticString, _ lines: [String]) throws {
    try element(name) {
      var isEmpty = true
      for line in lines where !XMLText.isBlank(line) {
        element("p", text: line, as: .line)
        isEmpty = false
      }
      if isEmpty { element("p", text: "(not stated)") }
    }
  }
}
