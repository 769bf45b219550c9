import VouchModel

/// Tables that only the workbook has: what package.xml says too, for people.
extension Workpapers {
  /// Every sheet of the workbook, in order.
  func sheets(populations: [String: PopulationSummary]) -> [Table] {
    [
      about, controlMatrix, deviations, criteria, kpis, evidenceIndex, populationList(populations),
      differences, coverage, waivers, parameters, notAdopted, diagnostics,
    ]
  }

  private var about: Table {
    let assessment = input.assessment
    let engagement = assessment.engagement
    return Table(
      name: "About", path: nil, columns: [.init("What", 28), .init("Value", 90)],
      rows: { row in
        try row([.text("Package"), .text(PackageLayout.name(of: assessment))])
        try row([
          .text("Status"), .text(assessment.incomplete.isEmpty ? "COMPLETE" : "INCOMPLETE"),
        ])
        for entry in assessment.incomplete {
          let criteria = entry.criteria.joined(separator: ", ")
          try row([
            .text("Incomplete: \(entry.source)"),
            .text("\(entry.text). Criteria affected: \(criteria)"),
          ])
        }
        try row([.text("Organization"), .text(engagement.organization)])
        try row([.text("System"), .text(engagement.system)])
        try row([
          .text("Categories"), .text(engagement.categories.map(\.title).joined(separator: ", ")),
        ])
        try row([.text("Period from"), .instant(assessment.period.start)])
        try row([.text("Period to, exclusive"), .instant(assessment.period.end)])
        try row([.text("As of"), .instant(assessment.asOf)])
        try row([.text("Prepared by"), .text(engagement.preparedBy)])
        try row([.text("Prepared for"), .text(engagement.preparedFor)])
        try row([
          .text("What this is"),
          .text(
            "Management's own evaluation of its controls. It holds no opinion and no conclusion of an auditor; the auditor's columns are empty."
          ),
        ])
        try row([
          .text("Times"), .text("All times are UTC. Spans end at the first instant after them."),
        ])
      })
  }

  private var criteria: Table {
    Table(
      name: "Criteria", path: nil,
      columns: [
        .init("Criterion", 10), .init("Title, our words", 40), .init("What it asks for", 60),
        .init("Set", 20), .init("In scope", 10), .init("Result", 22), .init("Controls", 40),
      ],
      rows: { row in
        for result in input.assessment.criteria {
          try row([
            .text(result.criterion.id), .text(result.criterion.title),
            .text(result.criterion.paraphrase),
            .text(result.criterion.category?.title ?? "Common criteria"), .flag(result.isInScope),
            .text(result.verdict.words), .text(result.controls.joined(separator: ", ")),
          ])
        }
      })
  }

  private func populationList(_ populations: [String: PopulationSummary]) -> Table {
    Table(
      name: "Populations", path: nil,
      columns: [
        .init("Control", 10), .init("Title", 32), .init("Population of", 24),
        .init("Population where", 48), .init("Rows", 12), .init("File", 32),
      ],
      rows: { row in
        for conclusion in input.assessment.conclusions {
          let control = conclusion.control
          guard let population = populations[control.id] else { continue }
          let path = Self.relative(PackageLayout.population(control.id))
          try row([
            .text(control.id), .text(control.title), .text(control.population.of),
            .text(control.population.where), .integer(population.rows), .link(path, to: path),
          ])
        }
      })
  }

  private var differences: Table {
    Table(
      name: "Differences", path: nil,
      columns: [
        .init("Control", 10), .init("From", 20), .init("To", 20), .init("Item", 40),
        .init("Difference", 48), .init("Explanation", 48),
      ],
      rows: { row in
        for conclusion in input.assessment.conclusions {
          for slice in conclusion.slices {
            for difference in slice.differences {
              try row([
                .text(conclusion.control.id), .instant(slice.slice.start),
                .instant(slice.slice.end), .text(difference.item), .text(difference.text),
                .text(difference.explanation ?? ""),
              ])
            }
          }
        }
      })
  }

  private var coverage: Table {
    Table(
      name: "Coverage", path: nil,
      columns: [
        .init("Control", 10), .init("From", 20), .init("To, exclusive", 20), .init("State", 12),
      ],
      rows: { row in
        for conclusion in input.assessment.conclusions {
          for span in conclusion.coverage {
            try row([
              .text(conclusion.control.id), .instant(span.from), .instant(span.to),
              .text(span.state.rawValue),
            ])
          }
        }
      })
  }

  private var waivers: Table {
    Table(
      name: "Waivers", path: nil,
      columns: [
        .init("Waiver", 10), .init("Control", 10), .init("Item", 40), .init("Attribute", 10),
        .init("Reason", 48), .init("Measure", 48), .init("Approver", 18),
        .init("Approved at", 20), .init("Expires at", 20),
      ],
      rows: { row in
        for waiver in input.assessment.engagement.waivers {
          try row([
            .text(waiver.id), .text(waiver.control), .text(waiver.item), .text(waiver.attribute),
            .text(waiver.reason), .text(waiver.measure), .text(waiver.approver),
            .instant(waiver.approvedAt), .instant(waiver.expiresAt),
          ])
        }
      })
  }

  private var parameters: Table {
    Table(
      name: "Parameters", path: nil,
      columns: [.init("Parameter", 32), .init("Key", 16), .init("Value", 16), .init("From", 20)],
      rows: { row in
        for parameter in input.assessment.engagement.parameters {
          try row([
            .text(parameter.name), .text(parameter.key), Cell(parameter.value),
            Cell(parameter.from),
          ])
        }
      })
  }

  private var notAdopted: Table {
    Table(
      name: "Not adopted", path: nil,
      columns: [.init("Template", 10), .init("Title", 40), .init("Criteria", 24)],
      rows: { row in
        for control in input.assessment.notAdopted {
          try row([
            .text(control.id), .text(control.title),
            .text(control.criteria.joined(separator: ", ")),
          ])
        }
      })
  }

  private var diagnostics: Table {
    Table(
      name: "Diagnostics", path: nil,
      columns: [
        .init("Severity", 10), .init("Where", 32), .init("What", 60), .init("Why", 48),
        .init("Fix", 48), .init("Id", 24),
      ],
      rows: { row in
        for diagnostic in input.assessment.diagnostics {
          try row([
            .text(diagnostic.severity.rawValue), .text(diagnostic.at), .text(diagnostic.text),
            .text(diagnostic.why), .text(diagnostic.fix), .text(diagnostic.id),
          ])
        }
      })
  }
}
