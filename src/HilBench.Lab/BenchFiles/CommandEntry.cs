namespace HilBench.Lab;

/// <summary>A switch that is worked by commands of the shell: a power distribution unit, a USB hub.</summary>
/// <param name="On">Switches on.</param>
/// <param name="Off">Switches off.</param>
public sealed record CommandEntry(string On, string Off) : SwitchEntry
{
    /// <summary>For messages.</summary>
    public override string ToString() => $"the command '{Off}'";
}
