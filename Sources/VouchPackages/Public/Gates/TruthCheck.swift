import VouchModel

/// Reads every figure and every statement back from the finished files and holds them against the
/// package.
///
/// What is expected comes from a summary that was built from figures computed again from the
/// package's records, not from the one that was rendered.
struct TruthCheck {
  let expected: SummaryText

  // MARK: HTML

  func findings(page bytes: [UInt8], path: String) -> [Diagnostic] {
    let markup = PageMarkup(bytes)
    let elements = markup.elements()
    let byID = Dictionary(grouping: elements) { $0.id }
    let figures = Dictionary(
      expected.summary.figures.map { ($0.id, $0) }, uniquingKeysWith: { first, _ in first })
    var found: [Diagnostic] = []
    for (id, text) in expected.required {
      guard let first = byID[id]?.first?.element else {
        found.append(missing(id, path))
        continue
      }
      if byID[id]?.count ?? 0 > 1 { found.append(twice(id, "\(path):\(first.line)#\(id)")) }
      let wanted = PageMarkup.collapsed(VisibleText.clean(text, .many))
      if first.text != wanted {
        found.append(
          differs(id, at: "\(path):\(first.line)#\(id)", isFigure: figures[id] != nil))
      } else if let figure = figures[id],
        first.attribute("value") ?? "" != figure.value
          || first.attribute("data-state") ?? "exact" != figure.state.word
      {
        found.append(differs(id, at: "\(path):\(first.line)#\(id)", isFigure: true))
      }
      if first.attribute("hidden") != nil { found.append(missing(id, path)) }
    }
    for category in expected.summary.categories {
      let id = SummaryText.id(category)
      if let element = byID[id]?.first?.element,
        element.attribute("data-state") != category.state.rawValue
      {
        found.append(differs(id, at: "\(path):\(element.line)#\(id)", isFigure: false))
      }
    }
    for (id, element) in elements
    where id.hasPrefix("f-") && figures[id] == nil {
      found.append(byHand("f-…", at: "\(path):\(element.line)#\(id)"))
    }
    return found + head(markup, path) + numbers(markup, path)
  }

  /// What search engines and previews show is what the page says.
  private func head(_ markup: PageMarkup, _ path: String) -> [Diagnostic] {
    let title = "\(expected.title) · \(expected.summary.system)"
    let known = [
      "description": expected.abstract, "og:description": expected.abstract, "og:title": title,
      "og:url": expected.summary.url, "og:site_name": expected.summary.organization,
      "og:locale": expected.words(.locale), "og:type": "article",
    ]
    let technical: Set<String> = ["viewport", "color-scheme", "robots", "referrer"]
    var found: [Diagnostic] = []
    for node in markup.nodes {
      switch node {
      case .start("meta", let attributes, _, let line):
        func value(_ name: String) -> String? { attributes.first { $0.name == name }?.value }
        guard let name = value("property") ?? value("name"), !technical.contains(name) else {
          continue
        }
        if known[name].map({ VisibleText.clean($0) }) != value("content") {
          found.append(differs(name, at: "\(path):\(line)", isFigure: false))
        }
      case .raw(let text, of: "script", let line):
        let wanted = SummaryJSON.linkedData(expected).renderText
        if PageMarkup.collapsed(text) != PageMarkup.collapsed(wanted) {
          found.append(differs("application/ld+json", at: "\(path):\(line)", isFigure: false))
        }
      default: continue
      }
    }
    return found
  }

  /// Numbers outside the parts that were read back: somebody typed them.
  private func numbers(_ markup: PageMarkup, _ path: String) -> [Diagnostic] {
    let known = Set(expected.required.map(\.id))
    return markup.text(outside: known).flatMap { part -> [Diagnostic] in
      var text = part.text
      // The name of the mark, and what a head of the page says besides the body.
      for allowed in [
        "SOC 2", expected.title, expected.abstract, expected.summary.organization,
        expected.summary.system, expected.span, expected.validUntil,
      ] + expected.summary.areas.map({ expected.words.term("area", $0) }) where !allowed.isEmpty {
        text = PageMarkup.collapsed(text).replacing(allowed, with: " ")
      }
      return text.matches(of: #/[0-9][0-9.,]*/#).map {
        byHand(
          String($0.0),
          at: "\(path):\(part.line)" + (part.near.isEmpty ? "" : "#\(part.near)"))
      }
    }
  }

  // MARK: XML and JSON

  func findings(xml bytes: [UInt8], path: String) -> [Diagnostic] {
    let elements = PageMarkup(bytes).elements()
    var found = figures(
      elements.filter { $0.element.name == "figure" }.map {
        Read(
          id: $0.id, value: $0.element.attribute("value") ?? "",
          state: $0.element.attribute("state") ?? "", text: $0.element.text,
          place: "\(path):\($0.element.line)#\($0.id)")
      }, path)
    for category in expected.summary.categories {
      let id = category.category.rawValue
      guard let element = elements.first(where: { $0.id == id })?.element else {
        found.append(missing(id, path))
        continue
      }
      if element.attribute("state") != category.state.rawValue
        || element.text != PageMarkup.collapsed(expected.statement(category))
      {
        found.append(differs(id, at: "\(path):\(element.line)#\(id)", isFigure: false))
      }
    }
    return found + texts(PageMarkup(bytes), path)
  }

  /// Everything else that summary.xml says, in its order.
  private func texts(_ markup: PageMarkup, _ path: String) -> [Diagnostic] {
    let summary = expected.summary
    var wanted: [(String, String)] = [
      ("title", expected.title), ("prepared-by", expected.preparedBy),
      ("not-examined", expected.words(.notExamined)), ("organization", summary.organization),
      ("system", summary.system), ("description", summary.description),
      ("boundaries", summary.boundaries),
    ]
    if !summary.services.isEmpty { wanted.append(("planned-maintenance", expected.planned)) }
    wanted += summary.commitments.map { ("commitment", $0) }
    wanted.append(("report", summary.report.map { expected.text(of: $0) } ?? ""))
    wanted = wanted.filter { !$0.1.isEmpty }
    let names = Set(wanted.map(\.0)).union(["description", "boundaries", "commitment", "report"])
    var there: [(String, String, Int)] = []
    var found: [Diagnostic] = []
    var isOpen = false
    for node in markup.nodes {
      switch node {
      case .start(let name, let attributes, _, let line):
        if names.contains(name) { there.append((name, "", line)) }
        let stated: [String: [String: String]] = [
          "public-summary": ["valid-until": summary.validUntil],
          "period": ["first-day": summary.firstDay, "last-day": summary.lastDay],
          "package": ["tag-manifest-sha256": summary.package],
        ]
        for (key, value) in (stated[name] ?? [:]).sorted(by: { $0.key < $1.key })
        where attributes.first(where: { $0.name == key })?.value != value {
          found.append(differs(key, at: "\(path):\(line)", isFigure: false))
        }
      case .text(let text, _):
        if let last = there.indices.last, isOpen { there[last].1 += text }
      default: break
      }
      if case .start(let name, _, _, _) = node { isOpen = names.contains(name) }
      if case .end = node { isOpen = false }
    }
    for (index, (name, text)) in wanted.enumerated() {
      guard index < there.count, there[index].0 == name,
        PageMarkup.collapsed(there[index].1)
          == PageMarkup.collapsed(VisibleText.clean(text, .many))
      else {
        let line = index < there.count ? there[index].2 : 0
        return found + [differs(name, at: "\(path):\(line)", isFigure: false)]
      }
    }
    return found
      + there.dropFirst(wanted.count).map {
        differs($0.0, at: "\(path):\($0.2)", isFigure: false)
      }
  }

  func findings(json bytes: [UInt8], path: String) -> [Diagnostic] {
    guard let json = try? JSON.parse(bytes) else { return [missing("figures", path)] }
    var found = figures(
      json["figures"].elements.enumerated().map { index, figure in
        Read(
          id: figure["id"].string ?? "",
          value: { if case .number(let n) = figure["value"] { n } else { "" } }(),
          state: figure["state"].string ?? "", text: figure["text"].string ?? "",
          place: "\(path)#/figures/\(index)")
      }, path)
    for (index, category) in expected.summary.categories.enumerated() {
      let there = json["categories"][index]
      if there["state"].string != category.state.rawValue
        || there["statement"].string != expected.statement(category)
      {
        found.append(
          differs(category.category.rawValue, at: "\(path)#/categories/\(index)", isFigure: false))
      }
    }
    if json["valid_until"].string != expected.summary.validUntil {
      found.append(differs("valid_until", at: "\(path)#/valid_until", isFigure: false))
    }
    return found
  }

  private struct Read {
    let id: String
    let value: String
    let state: String
    let text: String
    let place: String
  }

  private func figures(_ read: [Read], _ path: String) -> [Diagnostic] {
    var rest = Dictionary(read.map { ($0.id, $0) }) { first, _ in first }
    var found: [Diagnostic] = []
    for figure in expected.summary.figures {
      guard let there = rest.removeValue(forKey: figure.id) else {
        found.append(missing(figure.id, path))
        continue
      }
      if there.value != figure.value || there.state != figure.state.word
        || there.text != expected.text(of: figure)
      {
        found.append(differs(figure.id, at: there.place, isFigure: true))
      }
    }
    return found
      + rest.values.sorted { $0.id < $1.id }.map { byHand($0.id, at: $0.place) }
  }

  // MARK: Findings

  private func missing(_ id: String, _ path: String) -> Diagnostic {
    Diagnostic(
      "publish.missing", .error, at: "\(path)#\(id)", "the element '\(id)' is not on the page",
      why: "a figure or statement that is left out makes the others look better",
      fix: "print it as the built-in template does")
  }

  private func twice(_ id: String, _ place: String) -> Diagnostic {
    Diagnostic(
      "publish.twice", .error, at: place, "the id '\(id)' is there twice",
      why: "nobody can tell which of them counts", fix: "print it once")
  }

  private func differs(_ id: String, at place: String, isFigure: Bool) -> Diagnostic {
    Diagnostic(
      isFigure ? "publish.figure-differs" : "publish.statement-differs", .error, at: place,
      isFigure
        ? "the figure '\(id)' is not the one that the package gives"
        : "the text of '\(id)' is not the one that is true of the package",
      why: "every figure and statement of the page is computed from the package",
      fix: "print the value in the element, and nothing else")
  }

  private func byHand(_ number: String, at place: String) -> Diagnostic {
    Diagnostic(
      "publish.figure-by-hand", .error, at: place,
      "'\(number)' is a number that does not come from the package",
      why: "a figure that was typed cannot be checked, and grows old without anybody seeing it",
      fix: "print a value of the summary, or say it in vouch.yaml as a commitment")
  }
}
