package io.tocsin.app.up;

import io.tocsin.app.table.FileTables;
import io.tocsin.app.up.Resources.Resource;
import io.tocsin.config.ConfigNode;
import io.tocsin.config.Problem;
import io.tocsin.config.Problems;
import io.tocsin.correlator.load.LoadedRules;
import io.tocsin.correlator.load.RuleContext;
import io.tocsin.correlator.load.RuleFailure;
import io.tocsin.correlator.load.RuleLoader;
import io.tocsin.correlator.load.RuleReader;
import io.tocsin.correlator.rule.Rule;
import io.tocsin.correlator.rule.RuleSet;
import io.tocsin.correlator.sigma.SigmaTaxonomy;
import java.io.IOException;
import java.lang.System.Logger;
import java.util.ArrayList;
import java.util.List;

/// Makes the rule set of an installation: own rules, shipped ones among them, must all be right; a Sigma rule that
/// cannot be used is left out and told, because collections of them come from elsewhere.
final class RuleFolders {
    private static final Logger LOG = System.getLogger(RuleFolders.class.getName());

    /// What the folders hold.
    ///
    /// @param leftOut Sigma rules that cannot be used, and why
    /// @param grouping how what they find becomes alerts
    /// @param limits how much a rule may cost
    /// @param files of dictionaries and tables
    record Found(
            RuleSet rules, List<RuleFailure> leftOut, AlertGrouping grouping, RuleLimits limits, FileTables files) {
        Found {
            leftOut = List.copyOf(leftOut);
        }
    }

    private RuleFolders() {}

    static Found load(Resources resources, Problems problems) {
        List<Rule> rules = new ArrayList<>();
        List<RuleFailure> leftOut = new ArrayList<>();
        FileTables files = new FileTables();
        RuleContext context = new RuleContext(files);
        for (String kind : List.of("rule-variables", "active-list", "context-table", "dictionary", "table")) {
            resources.ofKind(kind).forEach(resource -> context.add(resource.document(), problems));
        }
        for (Resource resource : resources.ofKind("rule")) {
            Rule rule = RuleReader.read(resource.document(), context, problems);
            if (rule != null) {
                rules.add(rule);
            }
        }
        if (!resources.sigmaFiles().isEmpty()) {
            try {
                List<ConfigNode> mappings = new ArrayList<>();
                resources.ofKind("sigma-mapping").forEach(resource -> mappings.add(resource.document()));
                mappings.addAll(resources.pipelines());
                Problems passedOver = new Problems();
                SigmaTaxonomy taxonomy = SigmaTaxonomy.schema().with(mappings, problems, passedOver);
                passedOver.list().forEach(note -> LOG.log(Logger.Level.INFO, "about a Sigma pipeline: " + note));
                LoadedRules sigma = RuleLoader.load(resources.sigmaFiles(), taxonomy);
                sigma.notes().forEach(note -> LOG.log(Logger.Level.INFO, "about a Sigma rule: " + note));
                for (RuleFailure failure : sigma.failures()) {
                    LOG.log(Logger.Level.WARNING, "a Sigma rule is left out: " + failure);
                }
                leftOut.addAll(sigma.failures());
                rules.addAll(sigma.rules());
            } catch (IOException e) {
                problems.add(new Problem("", 0, 0, "cannot read Sigma rules [" + e.getMessage() + "]"));
            }
        }
        RuleSet all = RuleSet.withoutRepeats(rules).withTables(context.tables(), context.fixedTables());
        return new Found(
                all,
                leftOut,
                AlertGrouping.read(resources, all.rules(), problems),
                RuleLimits.read(resources, problems),
                files);
    }
}
