# Chapter 7 in R, from data/: changes between two years.
# Usage: Rscript tests/census.R data
# -> CSV on standard output: table,line,statistic,value
suppressPackageStartupMessages({library(sandwich); library(lmtest)})
folder <- commandArgs(trailingOnly = TRUE)[1]
panel <- merge(read.csv(file.path(folder, "indicators.csv")),
               read.csv(file.path(folder, "cities.csv"))[c("city_code", "province_en")])
panel <- panel[order(panel$city_code, panel$year), ]
mean_of_year <- function(s, year) ave(s, year, FUN = function(v) mean(v, na.rm = TRUE))
panel$ia <- panel$share_secondary / mean_of_year(panel$share_secondary, panel$year)
growth <- ifelse(panel$year == 2008, 0, log(panel$lm_flow_gross))
panel$people <- ave(growth, panel$city_code, FUN = cumsum)
panel$border <- grepl("boundary:resident_pop", panel$flags, fixed = TRUE)

cat("table,line,statistic,value\n")
report <- function(table, line, ...) {
  found <- c(...)
  found <- found[!is.na(found)]
  cat(sprintf("%s,\"%s\",%s,%.17g\n", table, line, names(found), found), sep = "")
}

changes <- function(first, last) {
  a <- panel[panel$year == first, ]; b <- panel[panel$year == last, ]
  stopifnot(a$city_code == b$city_code)
  moved <- unique(panel$city_code[panel$border & panel$year > first & panel$year <= last])
  data.frame(province = a$province_en, moved = a$city_code %in% moved,
             start = log(a$reg), wage = log(a$rlr), level = a$reg, money = b$reg - a$reg,
             REG = log(b$reg / a$reg), residents = b$people - a$people,
             output = log(b$reg / a$reg) + b$people - a$people, IA = b$ia - a$ia,
             share = b$share_secondary - a$share_secondary,
             rest = log(b$reg * (1 - b$share_secondary)) - log(a$reg * (1 - a$share_secondary)))
}

# Slope of the first regressor; z are the instruments, x itself for least squares.
estimate <- function(y, x, z) {
  b <- qr.coef(qr(crossprod(z, x), tol = 1e-12), crossprod(z, y))
  b[1]
}
jackknife <- function(y, x, z, group, whole) {
  if (length(unique(group)) < 10) return(NA)
  without <- sapply(unique(group), function(g) {
    keep <- group != g
    kept <- which(colSums(abs(x[keep, , drop = FALSE])) > 0)
    if (qr(x[keep, kept])$rank < length(kept)) kept <- kept[-length(kept)]
    estimate(y[keep], x[keep, kept, drop = FALSE], z[keep, kept, drop = FALSE])
  })
  g <- length(without)
  whole / sqrt((g - 1) / g * sum((without - whole)^2))
}

slope <- function(table, line, rows, y, x, instead = NULL) {
  if ("province" %in% x) rows <- rows[ave(rows$level, rows$province, FUN = length) > 1, ]
  plain <- setdiff(x, "province")
  design <- cbind(as.matrix(rows[plain]), constant = 1)
  if ("province" %in% x) design <- cbind(design, model.matrix(~ province, rows)[, -1])
  tools <- design
  for (name in names(instead)) tools[, name] <- rows[[instead[[name]]]]
  value <- rows[[y]]
  coef <- estimate(value, design, tools)
  if (is.null(instead)) {
    fit <- lm(value ~ design - 1)
    hc3 <- coeftest(fit, vcov = vcovHC(fit, "HC3"))[1, "t value"]
    found <- c(t = hc3)
  } else found <- c(t = jackknife(value, design, tools, seq_along(value), coef))
  report(table, line, c(coef = unname(coef), found,
         province_t = jackknife(value, design, tools, rows$province, coef), N = nrow(rows)))
}

for (span in list(c(2010, 2020), c(2008, 2023))) for (cities in c("all", "unmoved")) {
  rows <- changes(span[1], span[2])
  rows$room <- rows$REG - rows$rest
  if (cities == "unmoved") rows <- rows[!rows$moved, ]
  at <- function(...) paste(span[1], cities, ..., sep = "|")
  given <- list(nothing = NULL, start = "start", "start, IA" = c("start", "IA"), wages = "wage",
                province = "province", "start, province" = c("start", "province"))
  if (span[1] == 2010) {
    for (key in names(given))
      slope("elasticities", at(key), rows, "output", c("residents", given[[key]]))
    slope("elasticities", at("start by wages (2SLS)"), rows, "output", c("residents", "start"), list(start = "wage"))
    for (part in c("REG", "room", "rest")) {
      slope("industry", at("nothing", part), rows, part, "IA")
      slope("industry", at("residents, start", part), rows, part, c("IA", "residents", "start"))
    }
  }
  for (part in c("REG", "output", "residents")) {
    rows[[part]] <- 100 * rows[[part]] / (span[2] - span[1])
    slope("accounts", at("REG", part), rows, part, "start")
    slope("accounts", at("wages", part), rows, part, "start", list(start = "wage"))
  }
  rows$fall <- -rows$residents
  slope("accounts", at("REG", "share"), rows, "fall", "REG", list(REG = "start"))
  slope("accounts", at("wages", "share"), rows, "fall", "REG", list(REG = "wage"))
}

# Output in other measures; the step of 2019 is that of current prices over the index.
index <- panel$reg
price <- log(panel$reg_current / index)
revision <- price[panel$year == 2019] - price[panel$year == 2018]
revision <- ifelse(panel$year >= 2019, revision[match(panel$city_code, unique(panel$city_code))], 0)
measures <- list(revised = index * exp(revision), current = panel$reg_current,
                 smooth = panel$reg_current / exp(revision))
for (name in names(measures)) {
  panel$reg <- measures[[name]]
  rows <- changes(2010, 2020)
  rows <- rows[!rows$moved, ]
  slope("outputs", paste(name, "nothing", sep = "|"), rows, "output", "residents")
  slope("outputs", paste(name, "start", sep = "|"), rows, "output", c("residents", "start"))
  slope("outputs", paste(name, "start, province", sep = "|"), rows, "output", c("residents", "start", "province"))
}
panel$reg <- index
