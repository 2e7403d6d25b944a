namespace HilBench.Lab;

/// <summary>A line of a GPIO chip.</summary>
/// <param name="Chip">The character device, for example /dev/gpiochip0.</param>
/// <param name="Line">Its number on the chip, or its name.</param>
/// <param name="IsActiveLow">Whether a low level means on.</param>
public sealed record LineEntry(string Chip, string Line, bool IsActiveLow) : SwitchEntry
{
    /// <summary>For messages.</summary>
    public override string ToString() => $"{Chip} line {Line}";
}
