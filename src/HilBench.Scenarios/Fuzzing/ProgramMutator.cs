using HilBench.Journal;
using YamlDotNet.RepresentationModel;

namespace HilBench.Scenarios;

/// <summary>Makes a program from one that has shown something new: a few changes, and other choices.</summary>
/// <param name="choice">Decides the changes.</param>
internal sealed class ProgramMutator(SeededChoice choice)
{
    private const int ChangesMax = 4;

    /// <summary>Makes a program.</summary>
    /// <param name="program">The one that it comes from; it stays as it is.</param>
    /// <param name="other">Another one, whose steps may be put in.</param>
    /// <param name="name">The name of the new one.</param>
    public YamlMappingNode Mutate(YamlMappingNode program, YamlMappingNode other, string name)
    {
        var node = StepTree.Copy(program);
        node.Children[new YamlScalarNode("name")] = new YamlScalarNode(name);
        for (var changes = choice.Between(1, ChangesMax); changes > 0; changes--)
        {
            Change(node, other);
        }

        return node;
    }

    private void Change(YamlMappingNode node, YamlMappingNode other)
    {
        var steps = ListOf(node);
        var at = Place(steps);
        switch (choice.Below(6))
        {
            case 0 when steps.Count > 1:
                var count = Math.Min(steps.Count - at, choice.Between(1, 4));
                for (var i = 0; i < count; i++)
                {
                    steps.RemoveAt(at);
                }

                break;
            case 1 when steps.Count > 0:
                var copies = choice.Between(1, 3);
                var step = steps[at];
                for (var i = 0; i < copies; i++)
                {
                    steps.Insert(Place(steps), StepTree.Copy(step));
                }

                break;
            case 2 when steps.Count > 1:
                var to = Place(steps);
                (steps[at], steps[to]) = (steps[to], steps[at]);
                break;
            case 3:
                var timing = FuzzFeatures.Draw(choice);
                steps.Insert(at, StepText.Step(
                    "timing", ("latency", StepText.Number(timing.Latency)), ("jitter", StepText.Number(timing.Jitter)),
                    ("translations", StepText.Number(timing.TranslationCycles)), ("reads", StepText.Number(timing.ReadCycles)),
                    ("transmit-gap", StepText.Number(timing.TransmitGap))));
                break;
            default:
                Splice(steps, at, ListOf(other));
                break;
        }
    }

    // Mappings and processes have the same names in all programs: most steps mean something in another one, too.
    private void Splice(IList<YamlNode> steps, int at, IList<YamlNode> others)
    {
        var from = Place(others);
        for (var count = Math.Min(others.Count - from, choice.Between(1, 8)); count > 0; count--)
        {
            steps.Insert(at, StepTree.Copy(others[from++]));
        }
    }

    // The steps of a branch, or those of the program; never the list of branches.
    private IList<YamlNode> ListOf(YamlMappingNode node)
    {
        var lists = StepTree.Lists(node).Where(list => list.Children.Count > 0 && StepTree.NameOf(list.Children[0]) is not null).ToList();
        return lists.Count == 0 ? [] : lists[(int)choice.Below((ulong)lists.Count)].Children;
    }

    private int Place(IList<YamlNode> steps) => steps.Count == 0 ? 0 : (int)choice.Below((ulong)steps.Count);
}
